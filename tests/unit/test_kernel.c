/*
 * test_kernel.c - the clock, notes, spinlocks, and interrupts between harts.
 *
 * Covers CLOCK-1, LOCK-1, LOCK-2 and the protocol of note.c.  Links the whole
 * runtime, because the tests need harts to run on.
 */
#include "kernel/backoff.h"
#include "kernel/clock.h"
#include "kernel/note.h"
#include "kernel/spinlock.h"
#include "kernel/symbols.h"
#include "kernel/trap.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/unit/crowd.h"

/* ---- the clock ---- */

static ATOMIC(int64_t) latest;	/* the latest time that a hart has seen */

static void
watch_clock(struct ktest *t, uint32_t hart)
{
	nanos_t before = 0;

	(void)hart;
	for (int i = 0; i < 2000; i++) {
		/* acquire, release: they pair with each other, so a time that
		 * one hart has seen is past for all others. */
		nanos_t seen = load_acquire(&latest);
		nanos_t now = clock_now();

		EXPECT(t, now >= before && now >= seen);
		if (now > seen)
			store_release(&latest, now);
		before = now;
	}
}

KTEST(kernel, the_clock_goes_forward_on_all_harts_alike)
{
	store_relaxed(&latest, 0);
	ktest_on_every_hart(t, watch_clock);
}

KTEST(kernel, a_delay_lasts_at_least_as_long_as_asked)
{
	for (nanos_t ns = 1; ns < 3 * NS_PER_MS; ns = ns * 3 + 7) {
		nanos_t start = clock_now();

		clock_delay(ns);
		EXPECT(t, clock_now() - start >= ns);
	}
}

KTEST(kernel, a_long_wait_naps_longer_each_time)
{
	struct backoff wait = { 0 };
	uint32_t naps = 0;
	bool were_on = irq_save();
	nanos_t deadline = clock_deadline();

	for (uint32_t i = 1; i <= 6 * BACKOFF_POLLS; i++) {
		bool napped = backoff(&wait);

		EXPECT_EQ(t, napped, i % BACKOFF_POLLS == 0);
		naps += napped;
		EXPECT_EQ(t, wait.naps, MIN(naps, (uint32_t)BACKOFF_DOUBLINGS));
	}
	EXPECT_EQ(t, naps, 6);
	EXPECT_EQ(t, clock_deadline(), deadline);
	irq_restore(were_on);
}

KTEST(kernel, instructions_are_counted)
{
	uint64_t start = clock_instret();

	hold_ns(10 * NS_PER_US);
	EXPECT(t, clock_instret() > start);
}

/* ---- notes; a note is slept on from g0 ---- */

static struct note      note;
static ATOMIC(uint32_t) step;	/* the last round with a wake */
static ATOMIC(uint32_t) to_wake;	/* the last round with a sleep */

static void
sleep_to_a_deadline(void *arg)
{
	nanos_t *woke = arg;

	note_init(&note, this_hart());
	note_clear(&note);
	woke[1] = note_sleep_until(&note, woke[0]);
	woke[0] = clock_now() - woke[0];
}

KTEST(kernel, a_note_nobody_sets_sleeps_until_its_deadline)	/* CLOCK-1 */
{
	for (nanos_t ns = 1; ns < 5 * NS_PER_MS; ns *= 7) {
		nanos_t late[2] = { clock_now() + ns };

		on_g0(sleep_to_a_deadline, late);
		EXPECT(t, late[0] >= 0);
		EXPECT_EQ(t, late[1], false);
	}
}

static void
sleep_on_a_set_note(void *arg)
{
	bool *set = arg;

	note_init(&note, this_hart());
	note_clear(&note);
	note_wake(&note);
	note_wake(&note);
	*set = note_sleep_until(&note, CLOCK_NEVER);
	/* The note is still set: this returns at once. */
	*set &= note_sleep_until(&note, CLOCK_NEVER);
	*set &= note_look(&note, 0);
	note_clear(&note);
	*set &= !note_look(&note, clock_now() + 1);
}

KTEST(kernel, a_note_set_before_the_sleep_ends_it)
{
	bool set = false;

	on_g0(sleep_on_a_set_note, &set);
	EXPECT(t, set);
}

enum { NAPS = 300 };

static void
nap(void *arg)
{
	struct ktest *t = arg;

	note_init(&note, this_hart());
	for (uint32_t i = 0; i < NAPS; i++) {
		note_clear(&note);
		/* release: pairs with load_acquire in wake_or_nap. */
		store_release(&to_wake, i + 1);
		EXPECT(t, note_sleep_until(&note, i % 2 == 0 ? CLOCK_NEVER :
		    clock_now() + PATIENCE_NS));
		EXPECT_EQ(t, load_acquire(&step), i + 1);
	}
	store_release(&to_wake, NAPS + 1);
}

static void
wake_or_nap(struct ktest *t, uint32_t hart)
{
	if (hart == 0)
		on_g0(nap, t);
	for (uint32_t i = 0; hart == 1 && i < NAPS; i++) {
		while (load_acquire(&to_wake) != i + 1)
			cpu_relax();
		if (i % 3 == 0)
			hold_ns(i % 40 * 100);
		store_release(&step, i + 1);
		note_wake(&note);
		/* One wake for each sleep: a wake must not come before the next
		 * clear. */
		while (load_acquire(&to_wake) == i + 1)
			cpu_relax();
	}
}

KTEST_ON(kernel, no_wake_of_a_note_is_lost, 2)
{
	store_relaxed(&step, 0);
	store_relaxed(&to_wake, 0);
	ktest_on_every_hart(t, wake_or_nap);
}

/* ---- spinlocks ---- */

enum { LOCKINGS = 1000 };

static struct spinlock lock = SPINLOCK_INIT("test", RANK_POLLDESC);
static struct spinlock second = SPINLOCK_INIT("test 2", RANK_CHAN);
static uint64_t        guarded, guarded_too;
static ATOMIC(uint32_t) inside;
static struct gate     all_here;

static void
add_under_lock(struct ktest *t, uint32_t hart)
{
	(void)hart;
	gate_hold(t, &all_here, (uint32_t)num_hart());
	for (uint32_t i = 0; i < LOCKINGS; i++) {
		uint64_t seen;

		spin_lock(&lock);
		EXPECT(t, spin_held(&lock));
		/* relaxed: the lock itself is under test. */
		EXPECT_EQ(t, add_relaxed(&inside, 1), 0);
		seen = guarded;
		hold_ns(i % 8 * 200);
		guarded = seen + 1;
		add_relaxed(&inside, (uint32_t)-1);
		spin_unlock(&lock);
	}
}

KTEST(kernel, one_hart_at_a_time_holds_a_spinlock)
{
	guarded = 0;
	store_relaxed(&all_here.n, 0);
	ktest_on_every_hart(t, add_under_lock);
	EXPECT_EQ(t, guarded, (uint64_t)num_hart() * LOCKINGS);
	EXPECT(t, !spin_held(&lock));
}

static void
add_if_free(struct ktest *t, uint32_t hart)
{
	(void)hart;
	for (uint32_t i = 0; i < LOCKINGS; i++) {
		while (!spin_trylock(&lock))
			cpu_relax();
		EXPECT(t, !spin_trylock(&lock));
		guarded++;
		spin_unlock(&lock);
	}
}

KTEST(kernel, trylock_takes_a_lock_only_if_it_is_free)
{
	guarded = 0;
	ktest_on_every_hart(t, add_if_free);
	EXPECT_EQ(t, guarded, (uint64_t)num_hart() * LOCKINGS);
}

static void
two_locks(struct ktest *t, uint32_t hart)
{
	(void)t;
	for (uint32_t i = 0; i < LOCKINGS; i++) {
		spin_lock(&lock);
		guarded++;
		spin_lock(&second);
		guarded_too++;
		/* LOCK-2: they may be released in either order. */
		if ((i + hart) % 2 == 0) {
			spin_unlock(&lock);
			spin_unlock(&second);
		} else {
			spin_unlock(&second);
			spin_unlock(&lock);
		}
	}
}

KTEST(kernel, locks_are_released_in_any_order)	/* LOCK-2 */
{
	guarded = guarded_too = 0;
	ktest_on_every_hart(t, two_locks);
	EXPECT_EQ(t, guarded, (uint64_t)num_hart() * LOCKINGS);
	EXPECT_EQ(t, guarded_too, guarded);
	EXPECT(t, this_hart()->held == NULL);
}

/* ---- interrupts and names ---- */

static void
answer_report(struct ktest *t, uint32_t hart)
{
	static struct gate done;
	struct hart *me = this_hart();

	if (hart == 0) {
		for (uint32_t i = 0; i < nharts_online; i++) {
			nanos_t give_up = clock_now() + PATIENCE_NS;

			if (harts[i] == me)
				continue;
			store_relaxed(&harts[i]->report_pc, 0);
			hart_interrupt(harts[i], IPI_REPORT);
			while (load_acquire(&harts[i]->report_pc) == 0 &&
			    clock_now() < give_up)
				cpu_relax();
			EXPECT(t, load_acquire(&harts[i]->report_pc) != 0);
		}
		store_release(&done.n, 1);
	}
	while (load_acquire(&done.n) == 0 && !ktest_failed(t))
		cpu_relax();
}

KTEST_ON(kernel, a_busy_hart_serves_an_interrupt_of_another, 2)
{
	ktest_on_every_hart(t, answer_report);
}

KTEST(kernel, functions_have_names)
{
	uintptr_t offset = 1;
	const char *name = symbol_name((uintptr_t)gomaxprocs + 4, &offset);

	if (symbol_addr("gomaxprocs") == 0)
		ktest_skip(t, "the image has no table of symbols");
	EXPECT(t, name != NULL && strcmp(name, "gomaxprocs") == 0);
	EXPECT_EQ(t, offset, 4);
	EXPECT_EQ(t, symbol_addr("gomaxprocs"), (uintptr_t)gomaxprocs);
	EXPECT(t, symbol_name(8, &offset) == NULL);
	EXPECT_EQ(t, symbol_addr("no_such_function"), 0);
}
