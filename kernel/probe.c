/*
 * probe.c - see probe.h.
 */
#include "kernel/probe.h"

#include "kernel/trap.h"

enum { RS1_SHIFT = 15, RS1_MASK = 31 };

/* As probe.h makes them. */
struct probe {
	uintptr_t pc;
	uintptr_t bad;		/* or 0 */
	uint64_t  insn;		/* with bad 0: its rs1 has the lock */
};

/* linker.ld */
extern const struct probe __probes_start[], __probes_end[];

bool
probe_find(struct trapframe *frame, struct spinlock **lock)
{
	*lock = NULL;
	for (const struct probe *p = __probes_start; p < __probes_end; p++) {
		if (p->pc != frame->pc)
			continue;
		if (p->bad != 0)
			frame->pc = p->bad;
		else
			*lock = (struct spinlock *)
			    frame->x[p->insn >> RS1_SHIFT & RS1_MASK];
		return true;
	}
	return false;
}
