/*
 * probe.c - see probe.h.
 */
#include "kernel/probe.h"

#include "kernel/riscv.h"
#include "kernel/trap.h"
#include "lib/str.h"

enum { RD_SHIFT = 7, RS1_SHIFT = 15, REG_MASK = 31 };

/* An entry of the table that probe.h makes. */
struct probe {
	uintptr_t pc;
	uintptr_t bad;		/* where to go on after a fault, or 0 */
	uint64_t  insn;		/* if bad is 0: an instruction whose rs1 is the
				 * register with the lock, or a value below */
};

enum {
	INSN_NOTHING_HELD = 0,
	INSN_IS_1 = 1,		/* go on as if the load had returned 1 */
};

/* linker.ld */
extern const struct probe __probes_start[], __probes_end[];

/* An atomic probe of 64 bits as an instruction, and the bits of it that are not
 * the number of its register. */
enum {
	AMOOR_D_TO_ZERO = 0x4000302f,
	AMOOR_MASK = (int)~(REG_MASK << RS1_SHIFT),
};

static uint32_t
insn_at(uintptr_t pc)
{
	uint32_t insn;

	memcpy(&insn, (const void *)pc, sizeof(insn));
	return insn;
}

/* Can all of the 8 bytes at p be stored? */
static bool
is_storable(uintptr_t p)
{
	PROBE_STORABLE(ROUND_DOWN(p, 8UL));
	PROBE_STORABLE(ROUND_DOWN(p + 7, 8UL));
	return true;
bad:
	return false;
}

/* Has frame faulted only because the word that it probes is misaligned, so that
 * the word can be stored all the same? */
static bool
is_only_misaligned(const struct trapframe *frame)
{
	uint32_t insn = insn_at(frame->pc);

	if (frame->cause != CAUSE_STORE_MISALIGNED &&
	    frame->cause != CAUSE_LOAD_MISALIGNED)
		return false;
	return (insn & AMOOR_MASK) == AMOOR_D_TO_ZERO &&
	    is_storable(frame->x[insn >> RS1_SHIFT & REG_MASK]);
}

enum probe_fault
probe_find(struct trapframe *frame, struct spinlock **lock)
{
	*lock = NULL;
	for (const struct probe *p = __probes_start; p < __probes_end; p++) {
		if (p->pc != frame->pc)
			continue;
		if (is_only_misaligned(frame)) {
			frame->pc += sizeof(uint32_t);
			return PROBE_GOES_ON;
		}
		if (p->bad != 0) {
			frame->pc = p->bad;
			return PROBE_GOES_ON;
		}
		if (p->insn == INSN_IS_1) {
			frame->x[insn_at(frame->pc) >> RD_SHIFT & REG_MASK] = 1;
			frame->pc += sizeof(uint32_t);
			return PROBE_GOES_ON;
		}
		if (p->insn != INSN_NOTHING_HELD)
			*lock = (struct spinlock *)
			    frame->x[p->insn >> RS1_SHIFT & REG_MASK];
		return PROBE_PANICS;
	}
	return PROBE_NONE;
}
