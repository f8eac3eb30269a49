/*
 * redirect.c - see redirect.h; the return to the strand is in redirect_stub.S.
 */
#include "kernel/redirect.h"

#include "kernel/riscv.h"
#include "lib/str.h"

/* Stack for what fn calls before fn can detect an overflow by itself. */
enum { ROOM = 1024, REG_SP = 2, REG_TP = 4, REG_A0 = 10, REG_A1 = 11 };

_Static_assert(sizeof(struct redirected) % 16 == 0, "sp stays aligned");

/* kernel/redirect_stub.S */
extern const char redirect_stub[];

/* Returns the size of the vector registers that the interrupted strand uses. */
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
	/* This may touch a page of the stack for the first time, which is a
	 * trap inside this trap. */
	memcpy(&saved->frame, frame, sizeof(*frame));
	frame->pc = (uintptr_t)redirect_stub;
	frame->x[REG_SP] = (uintptr_t)saved;
	frame->x[REG_A0] = (uintptr_t)saved;
	frame->x[REG_A1] = (uintptr_t)fn;
	frame->status |= SSTATUS_SPIE;
	return true;
}
