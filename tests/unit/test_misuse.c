/*
 * test_misuse.c - whatever a program must not do makes its goroutine panic, and
 * the machine goes on.
 *
 * Covers FOR_PROGRAMS (lib/compiler.h), fault.c, touch.c, and the checks of all
 * public functions.  The calls themselves are in tests/preempt/misuse.c.  Links
 * the whole runtime.
 */
#include "include/antler.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/preempt/misuse.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

/* Return whether text is wanted.  If wanted ends with ..., only what comes
 * before these dots is compared. */
static bool
says(const char *text, const char *wanted)
{
	size_t n = strlen(wanted);

	if (n > 3 && strcmp(wanted + n - 3, "...") == 0)
		return strncmp(text, wanted, n - 3) == 0;
	return strcmp(text, wanted) == 0;
}

static void
expect_misuse(struct ktest *t, const struct misuse *m, void *bad)
{
	struct panic_info why = { .pc = 0 };

	if (try_call(m->fn, bad, &why))
		ktest_fail(t, __FILE__, __LINE__, "%s(%p): no panic", m->name,
		    bad);
	else if (!says(why.text, m->text))
		ktest_fail(t, __FILE__, __LINE__, "%s(%p): %s", m->name, bad,
		    why.text);
	EXPECT(t, this_g()->panics == NULL && this_strand()->defers == NULL);
	EXPECT(t, this_hart()->held == NULL);
}

static void
misuse_all(struct ktest *t, uint32_t i)
{
	for (uint32_t n = 0; n < nmisuses; n++) {
		const struct misuse *m = &misuses[(n + i) % nmisuses];

		expect_misuse(t, m, NULL);
		if (m->wild) {
			/* An address that is not mapped, and a value that is no
			 * address at all. */
			expect_misuse(t, m, (void *)0x40);
			expect_misuse(t, m, (void *)0x00ff00ff00ff0000);
		}
	}
}

KTEST(misuse, each_misuse_is_a_panic_of_the_goroutine_in_the_words_stated)
{
	misuse_init();
	misuse_all(t, 0);
}

KTEST(misuse, misuse_on_all_harts_beside_collections_is_a_panic_each_time)
{
	struct crowd crowd;

	misuse_init();
	crowd_init(&crowd, t, misuse_all);
	for (int i = 0; i < 8; i++)
		crowd_go(&crowd);
	for (int i = 0; i < 20; i++)
		gc_collect();
	crowd_wait(&crowd);
}

/* ---- the other end is not troubled ---- */

static struct chan     *chan;
static struct waitgroup done;
static ATOMIC(struct g *) other;

static void
root_chan(void)
{
	ROOT_ONCE(chan);
}

static void
send_bad(void *unused)
{
	(void)unused;
	chan_send(chan, (void *)8);
}

static void
receive_bad(void *unused)
{
	(void)unused;
	chan_recv(chan, (void *)8);
}

/* Do the operation in a select, beside a case that can never proceed, so that
 * the waiter is one of a select. */
static void
select_one(enum select_op op, void *value)
{
	struct select_case cases[] = {
		{ .op = op, .chan = chan, .value = value },
		{ .op = SELECT_RECV, .chan = NULL },
	};

	chan_select(cases, 2);
}

static void
other_end(void *how)
{
	static uint64_t word[4] = { 7, 7, 7, 7 };
	uint64_t got[4] = { 0 };

	/* relaxed: a G is never freed, and readers look at its status first. */
	store_relaxed(&other, this_g());
	switch ((uintptr_t)how) {
	case 0:
		chan_send(chan, word);
		break;
	case 1:
		select_one(SELECT_SEND, word);
		break;
	case 2:
		chan_recv(chan, got);
		break;
	default:
		select_one(SELECT_RECV, got);
	}
	CHECK((uintptr_t)how < 2 || got[0] == 7);
	wg_done(&done);
}

static void
expect_other_end_unharmed(struct ktest *t, uintptr_t how)
{
	struct panic_info why;
	uint64_t word[4] = { 7, 7, 7, 7 };

	store_relaxed(&other, NULL);
	wg_add(&done, 1);
	go(other_end, (void *)how);
	EVENTUALLY(t, load_relaxed(&other) != NULL &&
	    is_parked(load_relaxed(&other)));
	for (int i = 0; i < 3; i++) {
		EXPECT(t, !try_call(how < 2 ? receive_bad : send_bad, NULL,
		    &why));
		EXPECT(t, why.addr == 8 && why.cause != NULL);
	}
	EXPECT(t, is_parked(load_relaxed(&other)));
	if (how < 2) {
		word[0] = 0;
		EXPECT(t, chan_recv(chan, word) && word[0] == 7);
	} else {
		chan_send(chan, word);
	}
	wg_wait(&done);
	EXPECT_EQ(t, chan_len(chan), 0);
}

struct four {
	uint64_t word[4];
};
GC_TYPE_NOPTR(four);

KTEST(misuse, a_bad_address_does_not_disturb_the_other_end)
{
	root_chan();
	for (uintptr_t how = 0; how < 4; how++) {
		gc_store(&chan, chan_make(&gc_int_type, 0));
		expect_other_end_unharmed(t, how);
		gc_store(&chan, chan_make(&four_type, 0));
		expect_other_end_unharmed(t, how);
	}
	gc_store(&chan, NULL);
}

/* ---- places of elements ---- */

static uint64_t odd_words[4];
static char    *odd_place;	/* in the middle of odd_words */

static void
offer(void *buffered)
{
	uint64_t word = (uintptr_t)buffered;

	chan_send(chan, &word);
	wg_done(&done);
}

/* Receive word at the odd place, from a sender that comes later (waits) or has
 * come before. */
static void
expect_odd(struct ktest *t, uint64_t word, bool waits, bool selects)
{
	uint64_t got = 0;

	wg_add(&done, 1);
	go(offer, (void *)word);
	if (!waits)
		yield();
	memset(odd_place, 0, 8);
	if (selects)
		select_one(SELECT_RECV, odd_place);
	else
		chan_recv(chan, odd_place);
	memcpy(&got, odd_place, 8);
	EXPECT_EQ(t, got, word);
	wg_wait(&done);
}

KTEST(misuse, an_element_may_lie_at_any_address)
{
	root_chan();
	for (uint64_t cap = 0; cap < 3; cap++) {
		gc_store(&chan, chan_make(&gc_int_type, cap));
		for (uint64_t off = 1; off < 16; off++) {
			odd_place = (char *)odd_words + off;
			expect_odd(t, 100 + off, true, false);
			expect_odd(t, 200 + off, false, false);
			expect_odd(t, 300 + off, true, true);
			expect_odd(t, 400 + off, false, true);
		}
	}
	gc_store(&chan, NULL);
}
