/*
 * redirect.c - see redirect.h; the way back is in redirect_stub.S.
 */
#include "kernel/redirect.h"

#include "kernel/riscv.h"
#include "lib/str.h"

/* Room for what fn calls before it can notice an overflow by itself. */
enum { ROOM = 1024, REG_SP = 2, REG_TP = 4, REG_A0 = 10, REG_A1 = 11 };

_Static_assert(sizeof(struct redirected) % 16 == 0, "sp stays aligned");

/* kernel/redirect_stub.S */
extern const char redirect_stub[];

/* Bytes that the vector registers of the interrupted strand take. */
static size_t
vector_size(const struct trapframe *frame)
{
	if ((frame->status & SSTATUS_VS) != SSTATUS_VS_DIRTY)
		return 0;
	return 32 * CSR_READ(0xC22);	/* vlenb, by number */
}

bool
trap_redirect(struct trapframe *frame, void (*fn)(struct trapframe *saved))
{
	const struct strand *strand = (const struct strand *)frame->x[REG_TP];
	uintptr_t sp = frame->x[REG_SP];
	size_t need = sizeof(struct redirected) + vector_size(frame) + ROOM;
	struct redirected *saved;

	if (sp % 16 != 0 || sp > strand->stack_hi ||
	    sp < strand->stack_lo + need)
		return false;
	saved = (struct redirected *)sp - 1;
	/* The first touch of a page of the stack is a trap in this trap. */
	memcpy(&saved->frame, frame, sizeof(*frame));
	frame->pc = (uintptr_t)redirect_stub;
	frame->x[REG_SP] = (uintptr_t)saved;
	frame->x[REG_A0] = (uintptr_t)saved;
	frame->x[REG_A1] = (uintptr_t)fn;
	frame->status |= SSTATUS_SPIE;
	return true;
}
