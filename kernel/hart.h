/*
 * hart.h - a hart as the kernel sees it, and the strand it runs.
 *
 * tp points at the current strand: the head of a goroutine (or of a hart's own
 * g0).  It never points at the hart, because code that was preempted may go on
 * elsewhere, and the strand is the only thing that moves with it.  sscratch
 * holds the hart.
 *
 * struct m (runtime/sched/m.h) begins with a struct hart and struct g
 * (runtime/sched/g.h) with a struct strand, so one pointer is both and kernel/
 * knows neither.
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
 * What a strand that gave up its hart by a call left behind: the registers that
 * survive a call (RISC-V ABIs specification, ch. 1); everything else is on its
 * stack already.  ra, sp and s[0] always; s[1] and up if full says so, fs[] and
 * fcsr if fp, that is, if the strand ever wrote a floating-point register.
 */
enum ctx_bits {
	CTX_S1_TO_S11 = 1,	/* s[1] and up are there */
	CTX_RETURN_0  = 2,	/* a0 is to be 0: see switch_pass */
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
					 * defer() of antler.h says 8(tp) */
	struct ctx   ctx;		/* [o] where to go on */
	uintptr_t    stack_lo;		/* [I] lowest usable byte */
	uintptr_t    stack_hi;		/* [I] one past the highest */
	void       (*fn)(void *arg);	/* [I] what it runs */
	void        *arg;		/* [I] */
};

/* Reasons for an inter-processor interrupt; bits of hart->ipi. */
enum ipi {
	IPI_WAKE    = 1 << 0,	/* leave wfi and look again */
	IPI_STOP    = 1 << 1,	/* a panic: say where you are and stop */
	IPI_PREEMPT = 1 << 2,	/* your P is wanted: see runtime/preempt */
	IPI_REPORT  = 1 << 3,	/* leave your pc in hart->report_pc */
	IPI_DUMP    = 1 << 4,	/* say where you are and wait: runtime/quit */
};

enum hart_state {
	HART_ABSENT,		/* not started */
	HART_STARTING,		/* asked of SBI HSM */
	HART_ONLINE,		/* has reached hart_main */
	HART_FAILED,		/* would not start */
};

enum { HART_FRAMES = 16 };

/*
 * Field key:	[I] immutable after boot	[o] this hart only
 *		[O] stored by this hart, loaded by any	[a] atomic
 *
 * The fields down to gc are known to assembly or inlined everywhere; keep them
 * first (kernel/offsets.def).
 */
struct hart {
	struct strand   *g0;		/* [I] its scheduler strand */
	uintptr_t        trap_sp;	/* [I] top of its trap stack */
	uint64_t         scratch[2];	/* [o] trap entry, interrupts off */
	struct strand    trap_strand;	/* [o] what tp names inside a trap */
	struct gc_local *gc;		/* [o] heap caches of its P, or NULL */
	uint32_t         index;		/* [I] 0 .. nharts_online - 1 */
	uint32_t         id;		/* [I] the SBI hart id */
	struct spinlock *held;		/* [o] newest held; ->below is next */
	uint32_t         irq_depth;	/* [o] locks held that want irqs off */
	bool             irq_were_on;	/* [o] before the first of them */
	bool             tripwire;	/* [o] see tripwire.h */
	nanos_t          deadline;	/* [o] see clock.h, */
	bool             timer_held;	/* [o] and clock_hold_timer */
	uint64_t         ntraps;	/* [o] traps of any kind taken */
	uint64_t         nticks;	/* [o] of these, timer interrupts */
	/* Frames for stack faults, so that a fault needs no lock. */
	void            *frames[HART_FRAMES];	/* [o] */
	uint32_t         nframes;	/* [o] */
	ATOMIC(uint32_t) epoch;		/* [O] TLB-1 of tlb.h */
	/* What other harts write, on a line of its own. */
	ATOMIC(uint32_t) ipi OWN_LINE;	/* [a] enum ipi bits not yet seen */
	ATOMIC(uint32_t) state;		/* [a] enum hart_state */
	ATOMIC(uint64_t) report_pc;	/* [O] answer to IPI_REPORT, else 0 */
};

/* All harts of the device tree that we use, in order of index. */
extern struct hart *harts[HART_MAX];		/* [I] after hart_init */
extern uint32_t     nharts;			/* [I] entries in harts[] */
extern uint32_t     nharts_online;		/* [I] after hart_start_all */

#if defined(__riscv)
/* The strand that is running.  Any context. */
INLINE struct strand *
this_strand(void)
{
	struct strand *s;

	__asm__ volatile("mv %0, tp" : "=r"(s));
	return s;
}

/* The hart that is running.  True until the strand next parks or is preempted;
 * runtime text is never preempted, application code must not ask.  One load;
 * who stores to ->hart of the running strand itself must not ask in the same
 * function, for the compiler does not see that the two touch. */
INLINE struct hart *
this_hart(void)
{
	struct hart *h;

	_Static_assert(offsetof(struct strand, hart) == 0, "0(tp)");
	_Static_assert(offsetof(struct strand, defers) == 8, "8(tp)");
	__asm__ volatile("ld %0, 0(tp)" : "=r"(h));
	return h;
}

/* s->hart, for a caller that does not own s: a snapshot. */
INLINE struct hart *
strand_peek_hart(const struct strand *s)
{
	struct hart *h;

	__asm__ volatile("ld %0, %1" : "=r"(h) : "m"(s->hart));
	return h;
}

/* An address inside the function this is inlined into, for reports. */
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

/* Record every usable hart of the platform.  alloc_hart gives zeroed memory
 * for the hart of that index, whose g0 points at a zeroed strand: the runtime
 * returns its M.  Gives each its g0 and trap stacks.  Boot hart, once. */
void hart_init(struct hart *(*alloc_hart)(uint32_t index));

/* Leave the boot stack: run fn on the g0 of harts[0].  Boot hart, once. */
NORETURN void hart_enter_g0(void (*fn)(void));

/* Start all others through SBI HSM and wait until each has arrived or been
 * given up on (SBI error, or no hart came for seconds); those are reported on
 * the console and left out, and the others' indexes close up.  Then each that
 * arrived runs entry(hart) on its g0, interrupts off.  Boot hart, once. */
void hart_start_all(void (*entry)(struct hart *hart));

/* Interrupt hart for the reasons in bits.  Any hart, any context. */
void hart_interrupt(struct hart *hart, uint32_t bits);
