/*
 * test_leaks.c - goroutines that wait for something that nobody can reach.
 *
 * Covers leaks.c (LEAK-1) and gc/reach.c.  Each test ends with no goroutine
 * leaked: the tests keep pointers that no collector sees, and use them to let
 * the leaked goroutines go on.  The tests expect exactly that no goroutine is
 * reported which could be woken.  They cannot expect that each leaked goroutine
 * is reported, because a stale word may look like a pointer.  So there are many
 * leaked goroutines, and half of them must be found (mostly 97 to 100 of 100
 * are, alone and after all other tests; once fewer than 28 of the 32 in 16
 * chains were).  Links the whole runtime.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"

static ATOMIC(uint32_t) ended;

/* What the goroutines of these tests do with the object that they are given, to
 * which they have the only pointer. */
static void
receive(void *chan)
{
	chan_recv(chan, NULL);
	add_relaxed(&ended, 1);		/* relaxed: a count; also below */
}

static void
send(void *chan)
{
	static const int64_t value = 1;

	chan_send(chan, &value);
	add_relaxed(&ended, 1);
}

static void
select_two(void *chan)
{
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = chan },
		{ .op = SELECT_RECV, .chan = NULL },
		{ .op = SELECT_SEND, .chan = NULL },
	};

	chan_select(cases, 3);
	add_relaxed(&ended, 1);
}

static void
lock(void *mutex)
{
	mutex_lock(mutex);
	add_relaxed(&ended, 1);
}

static void
acquire(void *sema)
{
	sema_acquire(sema);
	add_relaxed(&ended, 1);
}

/*
 * A goroutine that is to run fn with an object from make, which *h is to hide.
 * A third goroutine makes the object and then ends, so no register or stack
 * slot of the test has ever had a pointer to it.
 */
struct start {
	void           (*fn)(void *arg);
	void          *(*make)(void);
	uintptr_t       *h;
	struct waitgroup done;
};

static void *
make_chan(void)
{
	return chan_make(&gc_int_type, 0);
}

static void *
make_mutex(void)
{
	struct mutex *m = gc_new_bytes(sizeof(*m));

	mutex_lock(m);
	return m;
}

static void *
make_sema(void)
{
	return gc_new_bytes(sizeof(struct sema));
}

/*
 * Make an object, and another one right behind it, which nothing leads to.  A
 * word of a stack that leads to the beginning of an object keeps the object in
 * the slot before alive too (gc/mark_value.h).  So without the second object,
 * the first would be alive whenever its neighbour happens to be.  Returns the
 * first.
 */
static void *
make_apart(void *(*make)(void))
{
	struct gc_object object;

	for (;;) {
		char *at = make(), *behind = make();

		if (gc_find_object(at, &object) && behind == at + object.size)
			return at;
	}
}

static void
start_it(void *arg)
{
	struct start *s = arg;
	void *object = make_apart(s->make);

	*s->h = hide(object);
	go_named("waits", s->fn, object);
	wg_done(&s->done);
}

static void
start(void (*fn)(void *arg), void *(*make)(void), uintptr_t *h)
{
	struct start s = { .fn = fn, .make = make, .h = h };

	wg_add(&s.done, 1);
	go(start_it, &s);
	wg_wait(&s.done);
}

static uint32_t
count_waiting(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < allg_count(); i++) {
		const struct g *gp = allg_at(i);

		n += g_status(gp) == G_WAITING && gp->name != NULL &&
		    strcmp(gp->name, "waits") == 0;
	}
	return n;
}

static long
leaks_when_waiting(struct ktest *t, uint32_t n)
{
	EVENTUALLY(t, count_waiting() == n);
	return leaked_goroutines(false);
}

/* Close the channel that h hides, so that the goroutines that wait there go
 * on. */
static NOINLINE void
close_hidden(uintptr_t h)
{
	chan_close(unhide(h));
}

static void
expect_end(struct ktest *t, uint32_t n)
{
	EVENTUALLY(t, load_relaxed(&ended) == n && count_waiting() == 0);
	store_relaxed(&ended, 0);
	EXPECT_EQ(t, leaked_goroutines(false), 0);
}

enum { MANY = 100 };

/* Return whether at least half of n leaked goroutines were found, and no
 * others.  That no chain leads through all of them is tested exactly in
 * test_live_words.c. */
static bool
are_found(long found, uint32_t n)
{
	return found >= (long)n / 2 && found <= (long)n;
}

static uintptr_t hidden[MANY];

KTEST(leaks, a_goroutine_waiting_at_an_unknown_channel_is_leaked)
{
	store_relaxed(&ended, 0);
	EXPECT_EQ(t, leaked_goroutines(false), 0);
	for (int i = 0; i < MANY; i++)
		start(i % 3 == 0 ? receive : i % 3 == 1 ? send : select_two,
		    make_chan, &hidden[i]);
	EXPECT(t, are_found(leaks_when_waiting(t, MANY), MANY));
	/* The search has moved nothing and freed nothing. */
	gc_check_heap();
	gc_collect();
	gc_check_heap();
	EXPECT(t, are_found(leaks_when_waiting(t, MANY), MANY));
	for (int i = 0; i < MANY; i++) {
		if (i % 3 == 1)
			chan_recv(unhide(hidden[i]), NULL);
		else
			close_hidden(hidden[i]);
	}
	expect_end(t, MANY);
}

KTEST(leaks, a_goroutine_waiting_at_an_unknown_lock_is_leaked)
{
	store_relaxed(&ended, 0);
	for (int i = 0; i < MANY; i++)
		start(i % 2 ? lock : acquire, i % 2 ? make_mutex : make_sema,
		    &hidden[i]);
	EXPECT(t, are_found(leaks_when_waiting(t, MANY), MANY));
	for (int i = 0; i < MANY; i++) {
		if (i % 2)
			mutex_unlock(unhide(hidden[i]));
		else
			sema_release(unhide(hidden[i]));
	}
	expect_end(t, MANY);
}

static struct chan *global;

/* Let a global lead to what h hides, and expect that the goroutine that waits
 * there is not leaked. */
static void
expect_no_leak(struct ktest *t, uintptr_t h)
{
	gc_store(&global, unhide(h));
	EXPECT_EQ(t, leaks_when_waiting(t, 1), 0);
}

KTEST(leaks, a_goroutine_known_to_a_global_is_not_leaked)
{
	uintptr_t h;

	store_relaxed(&ended, 0);
	ROOT_ONCE(global);
	start(send, make_chan, &h);
	expect_no_leak(t, h);
	EXPECT(t, chan_recv(global, NULL));
	expect_end(t, 1);
	start(select_two, make_chan, &h);
	expect_no_leak(t, h);
	chan_close(global);
	expect_end(t, 1);
	start(lock, make_mutex, &h);
	expect_no_leak(t, h);
	mutex_unlock((struct mutex *)global);
	expect_end(t, 1);
	gc_store(&global, NULL);
}

static void
hold_on(void *chan)
{
	park("told to go on");
	chan_close(chan);
}

static ATOMIC(struct g *) holder;

static void
begin_holding(void *chan)
{
	store_relaxed(&holder, this_g());
	hold_on(chan);
}

KTEST(leaks, a_goroutine_known_to_one_that_can_be_woken_is_not_leaked)
{
	uintptr_t h;

	store_relaxed(&ended, 0);
	store_relaxed(&holder, NULL);
	start(receive, make_chan, &h);
	go_named("holds", begin_holding, unhide(h));
	EVENTUALLY(t, load_relaxed(&holder) != NULL &&
	    is_parked(load_relaxed(&holder)));
	EXPECT_EQ(t, leaks_when_waiting(t, 1), 0);
	ready(load_relaxed(&holder));
	expect_end(t, 1);
}

static void
close_it(void *chan)
{
	chan_close(chan);
}

/* arg is an array: arg[0] hides the channel, and arg[1] is to hide the
 * timer. */
static void
set_timer(void *arg)
{
	uintptr_t *h = arg;

	h[1] = hide(after_func(1000 * NS_PER_S, close_it, unhide(h[0])));
}

/* A place on the stack of a goroutine.  Another goroutine finds in it the
 * channel at which the first one waits. */
static ATOMIC(uintptr_t) place;		/* hidden */

static void
receive_from_place(void *unused)
{
	struct chan *volatile chan = make_chan();

	(void)unused;
	/* release: pairs with load_acquire in close_at_place. */
	store_release(&place, hide((void *)&chan));
	chan_recv(chan, NULL);
	add_relaxed(&ended, 1);
}

static void
close_at_place(void *unused)
{
	struct chan *volatile *volatile at;

	(void)unused;
	/* acquire: pairs with store_release in receive_from_place. */
	at = unhide(load_acquire(&place));
	store_relaxed(&holder, this_g());
	park("told to go on");
	chan_close(*at);
}

/* The place is in the last window of that large stack, while the goroutine has
 * the number of the first window. */
KTEST(leaks, a_live_pointer_into_a_large_stack_keeps_its_goroutine_from_leaking)
{
	struct g *gp;

	store_relaxed(&ended, 0);
	store_relaxed(&holder, NULL);
	store_relaxed(&place, 0);
	go_stack(receive_from_place, NULL, MIB);
	EVENTUALLY(t, load_acquire(&place) != 0);
	gp = gstack_owner((uintptr_t)unhide(load_relaxed(&place)));
	EVENTUALLY(t, is_parked(gp));
	gp = NULL;
	go(close_at_place, NULL);
	EVENTUALLY(t, load_relaxed(&holder) != NULL &&
	    is_parked(load_relaxed(&holder)));
	EXPECT_EQ(t, leaked_goroutines(false), 0);
	ready(load_relaxed(&holder));
	expect_end(t, 1);
}

KTEST(leaks, a_goroutine_known_to_a_timer_is_not_leaked)
{
	struct waitgroup done = { 0 };
	uintptr_t h[2];

	store_relaxed(&ended, 0);
	start(receive, make_chan, &h[0]);
	wg_go(&done, set_timer, h);
	wg_wait(&done);
	EXPECT_EQ(t, leaks_when_waiting(t, 1), 0);
	timer_reset(unhide(h[1]), 0);
	expect_end(t, 1);
}

static NOINLINE void
receive_from_timer(void *unused)
{
	(void)unused;
	receive(after(NS_PER_MS * 200));
}

KTEST(leaks, a_goroutine_waiting_for_a_timer_is_not_leaked)
{
	store_relaxed(&ended, 0);
	go_named("waits", receive_from_timer, NULL);
	EXPECT_EQ(t, leaked_goroutines(false), 0);
	expect_end(t, 1);
}

/* Wait for a goroutine that is leaked, at a wait group on the own stack. */
static void
wait_for_leaked(void *arg)
{
	uintptr_t *h = arg;
	struct waitgroup wg = { 0 };
	struct chan *c = make_apart(make_chan);

	*h = hide(c);
	wg_go(&wg, receive, c);
	wg_wait(&wg);
	add_relaxed(&ended, 1);
}

/* These are few: each round of the search walks the heap, and may clear no more
 * than one goroutine. */
enum { PAIRS = 16 };

KTEST(leaks, a_chain_of_goroutines_waiting_for_each_other_is_leaked_as_a_whole)
{
	struct g *gp;

	store_relaxed(&ended, 0);
	for (int i = 0; i < PAIRS; i++)
		go_named("waits", wait_for_leaked, &hidden[i]);
	EVENTUALLY(t, count_waiting() == PAIRS);
	/* Each goroutine was started with what the one before had in its
	 * registers.  Even so, if a goroutine is known by chance, no chain
	 * leads from it to all the others (live_words.c). */
	EXPECT(t, are_found(leaked_goroutines(false), 2 * PAIRS));
	for (int i = 1; i < PAIRS; i++)
		close_hidden(hidden[i]);
	EVENTUALLY(t, load_relaxed(&ended) == 2 * (PAIRS - 1));
	/* A goroutine that can let the first one of a chain go on can end the
	 * whole chain. */
	store_relaxed(&holder, NULL);
	go_named("holds", begin_holding, unhide(hidden[0]));
	EVENTUALLY(t, (gp = load_relaxed(&holder)) != NULL && is_parked(gp));
	EXPECT_EQ(t, leaked_goroutines(false), 0);
	ready(gp);
	expect_end(t, 2 * PAIRS);
}

/* Goroutines that park, each known only by what its h hides. */

static NOINLINE void
hide_self(uintptr_t *h)
{
	*h = hide(self());
}

static void
park_hidden(void *h)
{
	hide_self(h);
	park("ready() by nobody");
	add_relaxed(&ended, 1);
}

static NOINLINE void
ready_hidden(uintptr_t h)
{
	ready(unhide(h));
}

KTEST(leaks, a_parked_goroutine_known_to_nobody_is_leaked)
{
	long found;

	store_relaxed(&ended, 0);
	for (int i = 0; i < MANY; i++)
		go_named("waits", park_hidden, &hidden[i]);
	/* Fewer may be found: other tests remember many of the Gs that are used
	 * again here. */
	found = leaks_when_waiting(t, MANY);
	EXPECT(t, found >= MANY / 4 && found <= MANY);
	for (int i = 0; i < MANY; i++)
		ready_hidden(hidden[i]);
	expect_end(t, MANY);
}

static struct g **known;		/* a root; no pointers in its object */

static void
know(void *unused)
{
	(void)unused;
	gc_store(&known, (struct g **)gc_new_bytes(64));
	known[3] = unhide(hidden[0]);
}

static void
wake(void *gp)
{
	ready(gp);
}

static void
set_waking_timer(void *unused)
{
	(void)unused;
	hidden[1] = hide(after_func(1000 * NS_PER_S, wake,
	    unhide(hidden[0])));
}

KTEST(leaks, a_parked_goroutine_known_to_an_object_or_a_timer_is_not_leaked)
{
	struct waitgroup done = { 0 };

	store_relaxed(&ended, 0);
	gc_root(known);
	go_named("waits", park_hidden, &hidden[0]);
	EVENTUALLY(t, count_waiting() == 1);
	wg_go(&done, know, NULL);
	wg_wait(&done);
	EXPECT_EQ(t, leaks_when_waiting(t, 1), 0);
	known[3] = NULL;
	wg_go(&done, set_waking_timer, NULL);
	wg_wait(&done);
	EXPECT_EQ(t, leaks_when_waiting(t, 1), 0);
	timer_reset(unhide(hidden[1]), 0);
	expect_end(t, 1);
	gc_store(&known, NULL);
	gc_remove_root(&known);
}
