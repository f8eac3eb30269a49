/*
 * tls.c - thread-local variables: how many there are, and how they begin.
 */
#include "kernel/tls.h"

#include <stdint.h>

#include "kernel/switch.h"
#include "lib/str.h"

/* What linker.ld knows of them.  Sizes, not addresses: those may be too far
 * away for the code to compute. */
struct tls_layout {
	const char *image;	/* initial values */
	uint64_t    image_len;	/* bytes of it; those behind are zero */
	uint64_t    len;	/* bytes of variables */
};
extern const struct tls_layout __tls_layout;

void
tls_init(void)
{
	if (tls_size() > 0)
		strand_start_pc = strand_start_tls;
}

size_t
tls_size(void)
{
	return __tls_layout.len;
}

void
tls_reset(struct strand *strand)
{
	char *at = (char *)strand + TLS_OFFSET;

	memcpy(at, __tls_layout.image, __tls_layout.image_len);
	memset(at + __tls_layout.image_len, 0,
	    __tls_layout.len - __tls_layout.image_len);
}
