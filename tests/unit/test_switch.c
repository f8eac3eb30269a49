/*
 * test_switch.c - what a goroutine has in its registers survives a switch.
 *
 * Covers kernel/switch.S: the saved integer registers, and floating-point state
 * that is saved only if it was used.  Links the whole runtime.
 */
#include "tests/unit/crowd.h"

enum { STEPS = 60 };

/* Sums that live in registers across a call that switches: the compiler keeps
 * them in fs and s registers, since nothing here has its address. */
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

KTEST(switch, sums_in_registers_survive_it)
{
	crowd_run(t, 60, add_up);
}

/* Every other goroutine never touches floating point. */
static void
add_up_or_not(struct ktest *t, uint32_t i)
{
	if (i % 2 == 0)
		add_up(t, i);
	for (int k = 0; i % 2 == 1 && k < STEPS; k++)
		yield();
}

KTEST(switch, also_between_goroutines_that_do_not_use_them)
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

	EXPECT_EQ(t, rounding(), ROUND_NEAREST);	/* as it should begin */
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
