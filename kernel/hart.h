/*
 * hart.h - a hart as the kernel sees it, and the strand it runs.
 *
 * tp points to the current strand: the head of a goroutine, or of a hart's own
 * g0.  It never points to the hart, because code that was preempted may go on
 * on another hart, and only its strand moves with it.  sscratch holds the hart.
 *
 * struct m (runtime/sched/m.h) begins with a struct hart, and struct g
 * (runtime/sched/g.h) with a struct strand.  So a pointer to an M is a pointer
 * to its hart, and a pointer to a G is a pointer to its strand, and kernel/
 * needs to know neither Ms nor Gs.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

/* OpenSBI 1.1 is built for at most 128 harts. */
enum { HART_MAX = 128 };

struct hart;
struct spinlock;
struct gc_local;

/*
 * The saved registers of a strand that gave up its hart by a call.  They are
 * the registers that survive a call (RISC-V ABIs specification, ch. 1); the
 * strand's stack has everything else already.  ra, sp and s[0] are always
 * valid; s[1] to s[11] only if full has CTX_S1_TO_S11; fs[] and fcsr only if fp
 * is not 0, that is, if the strand has ever written a floating-point register.
 */
enum ctx_bits {
	CTX_S1_TO_S11 = 1,	/* s[1] to s[11] are valid */
	CTX_RETURN_0  = 2,	/* the strand goes on with 0 in a0: see
				 * switch_pass */
};

_Static_assert(CTX_S1_TO_S11 == 1 && CTX_RETURN_0 == 2, "as in switch.S");

struct ctx {
	uint64_t ra;
	uint64_t sp;
	uint64_t s[12];
	uint32_t full;		/* enum ctx_bits; read with fp as one word */
	uint32_t fp;
	uint64_t fs[12];
	uint64_t fcsr;
};

/*
 * Field key:	[o]  the hart that runs the strand
 *		[I]  fixed while the strand is on a hart
 */
struct strand {
	struct hart *hart;		/* [o] where it runs; NULL if nowhere */
	void        *defers;		/* [o] deferred calls, newest first;
					 * defer() of antler.h uses 8(tp) */
	struct ctx   ctx;		/* [o] where it goes on */
	uintptr_t    stack_lo;		/* [I] lowest usable byte */
	uintptr_t    stack_hi;		/* [I] one past the highest */
	void       (*fn)(void *arg);	/* [I] what it runs */
	void        *arg;		/* [I] */
};

/* Reasons for an inter-processor interrupt; bits of hart->ipi. */
enum ipi {
	IPI_WAKE    = 1 << 0,	/* leave wfi and check again */
	IPI_STOP    = 1 << 1,	/* a panic: print your frame and stop */
	IPI_PREEMPT = 1 << 2,	/* your P is wanted (preempt.h in
				 * runtime/sched/) */
	IPI_REPORT  = 1 << 3,	/* store your pc in hart->report_pc */
	IPI_DUMP    = 1 << 4,	/* print your frame and wait (quit.h) */
};

enum hart_state {
	HART_ABSENT,		/* not started */
	HART_STARTING,		/* SBI HSM was asked to start it */
	HART_ONLINE,		/* has reached hart_main */
	HART_FAILED,		/* did not start */
};

enum { HART_FRAMES = 16 };

/*
 * Field key:	[I] immutable after boot	[o] this hart only
 *		[O] stored by this hart, loaded by any	[a] atomic
 *
 * The fields down to gc are used by assembly or by inlined code; keep them
 * first (kernel/offsets.def).
 */
struct hart {
	struct strand   *g0;		/* [I] its scheduler strand */
	uintptr_t        trap_sp;	/* [I] top of its trap stack */
	uint64_t         scratch[2];	/* [o] for trap entry, interrupts off */
	struct strand    trap_strand;	/* [o] what tp points to in a trap */
	struct gc_local *gc;		/* [o] heap caches of its P, or NULL */
	uint32_t         index;		/* [I] 0 .. nharts_online - 1 */
	uint32_t         id;		/* [I] the SBI hart id */
	struct spinlock *held;		/* [o] newest lock held; its field below
					 * is the next older one */
	uint32_t         irq_depth;	/* [o] locks held that need irqs off */
	bool             irq_were_on;	/* [o] before the first such lock */
	bool             tripwire;	/* [o] see tripwire.h */
	nanos_t          deadline;	/* [o] see clock.h */
	bool             timer_held;	/* [o] see clock_hold_timer */
	uint64_t         ntraps;	/* [o] traps of any kind taken */
	uint64_t         nticks;	/* [o] deadlines that have passed */
	/* Page frames for stack faults, so that a fault needs no lock. */
	void            *frames[HART_FRAMES];	/* [o] */
	uint32_t         nframes;	/* [o] */
	ATOMIC(uint32_t) epoch;		/* [O] TLB-1 of tlb.h */
	/* The fields that other harts write or wait for, on a line of their
	 * own. */
	ATOMIC(uint32_t) ipi OWN_LINE;	/* [a] enum ipi bits not yet seen */
	ATOMIC(uint32_t) state;		/* [a] enum hart_state */
	ATOMIC(uint64_t) report_pc;	/* [O] answer to IPI_REPORT, else 0 */
};

/* All harts of the device tree that we use, by index. */
extern struct hart *harts[HART_MAX];		/* [I] after hart_init */
extern uint32_t     nharts;			/* [I] entries in harts[] */
extern uint32_t     nharts_online;		/* [I] after hart_start_all */

#if defined(__riscv)
/* Returns the strand that is running.  Any context. */
INLINE struct strand *
this_strand(void)
{
	struct strand *s;

	__asm__ volatile("mv %0, tp" : "=r"(s));
	return s;
}

/* Returns the hart that is running, by one load.  The result is valid until the
 * strand next parks or is preempted.  Runtime text is never preempted; programs
 * must not call this.  A function that stores to hart of the running strand
 * must not call this as well, because the compiler does not see that this reads
 * the stored value. */
INLINE struct hart *
this_hart(void)
{
	struct hart *h;

	_Static_assert(offsetof(struct strand, hart) == 0, "0(tp)");
	_Static_assert(offsetof(struct strand, defers) == 8, "8(tp)");
	__asm__ volatile("ld %0, 0(tp)" : "=r"(h));
	return h;
}

/* Returns a snapshot of s->hart, for a caller that does not own s. */
INLINE struct hart *
strand_peek_hart(const struct strand *s)
{
	struct hart *h;

	__asm__ volatile("ld %0, %1" : "=r"(h) : "m"(s->hart));
	return h;
}

/* Returns an address inside the function that this is inlined into, for
 * reports. */
INLINE uintptr_t
this_pc(void)
{
	uintptr_t pc;

	__asm__ volatile("auipc %0, 0" : "=r"(pc));
	return pc;
}
#else
struct strand *this_strand(void);	/* tests/host/shim.c */
struct hart   *this_hart(void);
INLINE uintptr_t
this_pc(void)
{
	return (uintptr_t)__builtin_return_address(0);
}
#endif

/* Record every usable hart of the platform, and give each a stack for its g0
 * and one for traps.  alloc_hart returns zeroed memory for the hart of an
 * index, with g0 set to a zeroed strand; the runtime's returns an M.  Boot
 * hart, once. */
void hart_init(struct hart *(*alloc_hart)(uint32_t index));

/* Leave the boot stack: run fn on the g0 of harts[0].  Boot hart, once. */
NORETURN void hart_enter_g0(void (*fn)(void));

/* Start all other harts through SBI HSM, and wait until each has arrived or
 * failed: SBI returned an error for it, or no hart has arrived for seconds.
 * Harts that failed are reported on the console and left out, and the indexes
 * of the rest are made consecutive again.  Then each hart that arrived runs
 * entry(hart) on its g0, interrupts off.  Boot hart, once. */
void hart_start_all(void (*entry)(struct hart *hart));

/* Interrupt hart for the reasons in bits.  Any hart, any context. */
void hart_interrupt(struct hart *hart, uint32_t bits);
