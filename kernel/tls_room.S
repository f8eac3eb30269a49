/*
 * tls_room.S - the bytes that begin the block of thread-local variables, where
 * a struct g lies (tls.h).  Nobody reads them in the image.
 */
#include "offsets.h"

	.section .tdata.room, "awT", @progbits
	.balign	TLS_ROOM_ALIGN
	.zero	TLS_ROOM_SIZE
