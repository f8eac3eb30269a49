/*
 * test_switch.c - the contents of a goroutine's registers survive a switch.
 *
 * Covers kernel/switch.S: the saved integer registers, and floating-point state
 * that is saved only if it was used.  Links the whole runtime.
 */
#include "tests/unit/crowd.h"

enum { STEPS = 60 };

/* Keep sums in registers across a call that switches.  The compiler holds them
 * in fs and s registers, since no code here takes their address.  Returns true
 * if all sums are right. */
static NOINLINE bool
sums_hold(double seed, uint64_t number, void (*leave)(void))
{
	double   a = seed, b = seed * 2, c = seed * 3, d = seed * 5;
	double   e = seed * 7, f = seed * 11, g = seed * 13, h = seed * 17;
	uint64_t i = number, j = number * 3, k = number * 5, l = number * 7;

	for (int step = 0; step < STEPS; step++) {
		leave();
		a += seed, b += seed, c += seed, d += seed;
		e += seed, f += seed, g += seed, h += seed;
		i += number, j += number, k += number, l += number;
	}
	/* Small whole numbers: every sum is exact. */
	return a == seed * (1 + STEPS) && b == seed * (2 + STEPS) &&
	    c == seed * (3 + STEPS) && d == seed * (5 + STEPS) &&
	    e == seed * (7 + STEPS) && f == seed * (11 + STEPS) &&
	    g == seed * (13 + STEPS) && h == seed * (17 + STEPS) &&
	    i == number * (1 + STEPS) && j == number * (3 + STEPS) &&
	    k == number * (5 + STEPS) && l == number * (7 + STEPS);
}

static void
nap(void)
{
	sleep_ns(1000);
}

static void
add_up(struct ktest *t, uint32_t i)
{
	EXPECT(t, sums_hold(i + 1, i + 1, i % 3 == 0 ? nap : yield));
}

KTEST(switch, sums_in_registers_survive_a_switch)
{
	crowd_run(t, 60, add_up);
}

/*
 * Check the registers themselves, with nothing left to the compiler: put base,
 * base + 1, ... into s1 to s11 and fs0 to fs11, call leave, and compare. s0 may
 * be the frame pointer; the return from this function checks it.  Returns true
 * if all registers are unchanged.
 */
static NOINLINE bool
registers_hold(uint64_t base, void (*leave)(void))
{
	register uint64_t a0 __asm__("a0") = base;
	register void   (*a1)(void) __asm__("a1") = leave;
	uint64_t          first;

	__asm__ volatile(
	    "mv s1, a0\n\t addi s2, a0, 1\n\t addi s3, a0, 2\n\t"
	    "addi s4, a0, 3\n\t addi s5, a0, 4\n\t addi s6, a0, 5\n\t"
	    "addi s7, a0, 6\n\t addi s8, a0, 7\n\t addi s9, a0, 8\n\t"
	    "addi s10, a0, 9\n\t addi s11, a0, 10\n\t"
	    "fmv.d.x fs0, s11\n\t fmv.d.x fs1, s10\n\t fmv.d.x fs2, s9\n\t"
	    "fmv.d.x fs3, s8\n\t fmv.d.x fs4, s7\n\t fmv.d.x fs5, s6\n\t"
	    "fmv.d.x fs6, s5\n\t fmv.d.x fs7, s4\n\t fmv.d.x fs8, s3\n\t"
	    "fmv.d.x fs9, s2\n\t fmv.d.x fs10, s1\n\t fmv.d.x fs11, s11\n\t"
	    "jalr a1\n\t"
	    "mv a0, s1\n\t"
	    "addi t0, s1, 1\n\t bne t0, s2, 1f\n\t"
	    "addi t0, s1, 2\n\t bne t0, s3, 1f\n\t"
	    "addi t0, s1, 3\n\t bne t0, s4, 1f\n\t"
	    "addi t0, s1, 4\n\t bne t0, s5, 1f\n\t"
	    "addi t0, s1, 5\n\t bne t0, s6, 1f\n\t"
	    "addi t0, s1, 6\n\t bne t0, s7, 1f\n\t"
	    "addi t0, s1, 7\n\t bne t0, s8, 1f\n\t"
	    "addi t0, s1, 8\n\t bne t0, s9, 1f\n\t"
	    "addi t0, s1, 9\n\t bne t0, s10, 1f\n\t"
	    "addi t0, s1, 10\n\t bne t0, s11, 1f\n\t"
	    "fmv.x.d t0, fs0\n\t bne t0, s11, 1f\n\t"
	    "fmv.x.d t0, fs1\n\t bne t0, s10, 1f\n\t"
	    "fmv.x.d t0, fs2\n\t bne t0, s9, 1f\n\t"
	    "fmv.x.d t0, fs3\n\t bne t0, s8, 1f\n\t"
	    "fmv.x.d t0, fs4\n\t bne t0, s7, 1f\n\t"
	    "fmv.x.d t0, fs5\n\t bne t0, s6, 1f\n\t"
	    "fmv.x.d t0, fs6\n\t bne t0, s5, 1f\n\t"
	    "fmv.x.d t0, fs7\n\t bne t0, s4, 1f\n\t"
	    "fmv.x.d t0, fs8\n\t bne t0, s3, 1f\n\t"
	    "fmv.x.d t0, fs9\n\t bne t0, s2, 1f\n\t"
	    "fmv.x.d t0, fs10\n\t bne t0, s1, 1f\n\t"
	    "fmv.x.d t0, fs11\n\t bne t0, s11, 1f\n\t"
	    "j 2f\n"
	    "1:\t not a0, a0\n"
	    "2:"
	    : "+r"(a0), "+r"(a1)
	    :
	    : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4",
	      "a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
	      "s9", "s10", "s11", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",
	      "ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2",
	      "fa3", "fa4", "fa5", "fa6", "fa7", "fs0", "fs1", "fs2", "fs3",
	      "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11",
	      "memory");
	first = a0;
	return first == base;
}

static ATOMIC(struct g *) napping[64];

static void
park_till_readied(void)
{
	park("test");
}

static void
call_yield(void)
{
	yield();
}

static void
keep_registers(struct ktest *t, uint32_t i)
{
	uint64_t base = (uint64_t)(i + 1) << 40 | 0x123456789;

	for (int k = 0; k < 10; k++) {
		EXPECT(t, registers_hold(base + 100 * (uint64_t)k, call_yield));
		EXPECT(t, registers_hold(base + 100 * (uint64_t)k, nap));
	}
	/* release: pairs with load_acquire in the test. */
	store_release(&napping[i], self());
	EXPECT(t, registers_hold(base, park_till_readied));
}

KTEST(switch, each_register_that_survives_a_call_survives_a_switch)
{
	struct crowd crowd;

	for (uint32_t i = 0; i < ARRAY_LEN(napping); i++)
		store_relaxed(&napping[i], NULL);
	crowd_init(&crowd, t, keep_registers);
	for (uint32_t i = 0; i < ARRAY_LEN(napping); i++)
		crowd_go(&crowd);
	for (uint32_t i = 0; i < ARRAY_LEN(napping); i++) {
		EVENTUALLY(t, load_acquire(&napping[i]) != NULL &&
		    is_parked(load_acquire(&napping[i])));
		ready(load_acquire(&napping[i]));
	}
	crowd_wait(&crowd);
}

/* Every second goroutine never touches floating point. */
static void
add_up_or_not(struct ktest *t, uint32_t i)
{
	if (i % 2 == 0)
		add_up(t, i);
	for (int k = 0; i % 2 == 1 && k < STEPS; k++)
		yield();
}

KTEST(switch, registers_survive_goroutines_that_do_not_use_them)
{
	gomaxprocs(1);
	crowd_run(t, 20, add_up_or_not);
	gomaxprocs(num_hart());
	crowd_run(t, 60, add_up_or_not);
}

/* The rounding mode, in fcsr. */
enum { ROUND_NEAREST, ROUND_TO_ZERO, ROUND_DOWN_, ROUND_UP_ };

static uint64_t
rounding(void)
{
	uint64_t mode;

	__asm__ volatile("frrm %0" : "=r"(mode));
	return mode;
}

static void
set_rounding(uint64_t mode)
{
	__asm__ volatile("fsrm %0" : : "r"(mode));
}

static void
keep_rounding(struct ktest *t, uint32_t i)
{
	uint64_t mine = i % 4;

	EXPECT_EQ(t, rounding(), ROUND_NEAREST); /* each goroutine begins so */
	if (mine != ROUND_NEAREST)
		set_rounding(mine);
	for (int k = 0; k < 20; k++) {
		yield();
		EXPECT_EQ(t, rounding(), mine);
	}
}

KTEST(switch, the_rounding_mode_stays_with_its_goroutine)
{
	gomaxprocs(1);
	crowd_run(t, 12, keep_rounding);
	gomaxprocs(num_hart());
	crowd_run(t, 40, keep_rounding);
}
