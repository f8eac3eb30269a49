/*
 * test_why.c - who holds an object?
 *
 * Covers gc/why.c, runtime/inspect/why.c and the names of variables in
 * kernel/symbols.c.  Goroutines that have ended made the objects in question,
 * and the test knows an object by the complement of its address only.  So
 * nothing holds the object but what the test says.  Links the whole runtime.
 */
#include "runtime/inspect/why.h"

#include <stdarg.h>

#include "gc/gc.h"
#include "kernel/symbols.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/hidden.h"
#include "tests/unit/stashed.h"

struct hold {
	struct hold *next;
	struct hold *prev;
	void        *thing;
	uint64_t     more[3];
};
GC_TYPE(hold, next, prev, thing);

static char   said[8192];
static size_t nsaid;

static void PRINTF(1, 2)
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	nsaid += fmt_vsnprintf(said + nsaid, sizeof(said) - nsaid, fmt, ap);
	va_end(ap);
}

/* Ask who holds the hidden object; said gets the answer.  Returns true if
 * something holds the object. */
static NOINLINE bool
ask(uintptr_t hidden)
{
	nsaid = 0;
	return why_tell(~hidden, say);
}

static bool
is_said(const char *part)
{
	return strstr(said, part) != NULL;
}

static uint32_t
lines_said(void)
{
	uint32_t n = 0;

	for (size_t i = 0; i < nsaid; i++)
		n += said[i] == '\n';
	return n;
}

static struct hold *why_root[4];	/* a root */
static uintptr_t    hidden;

/* Make why_root a root, and run fn(NULL) on a goroutine of its own. */
static void
on_its_own(void (*fn)(void *))
{
	struct waitgroup done = { 0 };

	ROOT_ONCE(why_root);
	wg_go(&done, fn, NULL);
	wg_wait(&done);
}

static void
forget(void)
{
	for (size_t i = 0; i < ARRAY_LEN(why_root); i++)
		gc_store(&why_root[i], NULL);
}

/* Make a chain of n objects from why_root[2], each of which also leads back.
 * The last object has a thing, which hidden remembers. */
static void
make_chain(uint32_t n)
{
	struct hold *last = NULL;

	for (uint32_t i = 0; i < n; i++) {
		struct hold *h = gc_new(&hold_type);

		gc_store(&h->prev, last);
		if (last == NULL)
			gc_store(&why_root[2], h);
		else
			gc_store(&last->next, h);
		last = h;
	}
	gc_store(&last->thing, gc_new_bytes(48));
	hidden = hide(last->thing);
}

static void
make_three(void *unused)
{
	(void)unused;
	make_chain(3);
}

KTEST(why, the_way_from_a_global_is_told_link_by_link)
{
	on_its_own(make_three);
	EXPECT(t, ask(hidden));
	EXPECT_EQ(t, lines_said(), 6);
	if (symbol_addr("gomaxprocs") != 0)
		EXPECT(t, is_said("\n  held by the global why_root + 16\n"));
	EXPECT(t, is_said("48 bytes of type hold, at + 0\n"));
	EXPECT(t, is_said("48 bytes of type hold, at + 16\n"));
	EXPECT(t, ask(hidden - 5));	/* an address inside the thing */
	EXPECT_EQ(t, lines_said(), 6);
	gc_check_heap();
	forget();
}

enum { LONG = 3000 };

static void
make_long(void *unused)
{
	(void)unused;
	make_chain(LONG);
}

KTEST(why, both_ends_of_a_long_way_are_told)
{
	on_its_own(make_long);
	EXPECT(t, ask(hidden));
	EXPECT(t, lines_said() >= 2 + 2 * 24 && lines_said() < 2 + 3 * 24);
	EXPECT(t, is_said(" more objects\n"));
	EXPECT(t, is_said("at + 16\n"));
	forget();
}

/* Make a ring of LONG objects.  The root leads to the first object, and the
 * first object leads to the last one in one step. */
static void
make_ring(void *unused)
{
	struct hold *last;

	make_chain(LONG);
	last = why_root[2];
	while (last->next != NULL)
		last = last->next;
	gc_store(&last->next, why_root[2]);
	gc_store(&why_root[2]->prev, last);
	(void)unused;
}

KTEST(why, the_shortest_way_is_told)
{
	on_its_own(make_ring);
	EXPECT(t, ask(hidden));
	EXPECT_EQ(t, lines_said(), 5);
	EXPECT(t, is_said("at + 8\n"));
	forget();
}

static void
make_none(void *unused)
{
	(void)unused;
	hidden = hide(gc_new(&hold_type));
}

KTEST(why, an_object_that_nothing_holds_is_told_as_such)
{
	static uintptr_t dead;

	on_its_own(make_none);
	dead = hidden;
	EXPECT(t, !ask(dead));
	EXPECT(t, is_said("\n  held by nobody"));
	wipe_stack();
	EVENTUALLY(t, (gc_collect(), !hidden_is_alive(dead)));
	EXPECT(t, !ask(dead));
	EXPECT(t, is_said("\n  no object\n"));
	EXPECT(t, !ask(hide(&dead)));
	EXPECT(t, is_said("\n  no object\n"));
	EXPECT(t, !ask(hide(NULL)) && !ask(hide((void *)12345)));
}

KTEST(why, the_stack_of_the_caller_is_told_last)
{
	struct hold *volatile mine = gc_new(&hold_type);

	EXPECT(t, !ask(hide(mine)));
	EXPECT(t, is_said("\n  held by nobody but who asks: goroutine "));
	gc_store(&why_root[0], mine);
	EXPECT(t, ask(hide(mine)));
	EXPECT(t, !is_said("nobody"));
	forget();
}

/* A goroutine whose stack alone keeps what it made. */

static ATOMIC(struct g *) keeper;

static NOINLINE void
keep_on_stack(struct hold *made)
{
	struct hold *volatile kept = made;

	hidden = hide(made);
	/* release: pairs with load_acquire in is_keeping. */
	store_release(&keeper, this_g());
	park("keeps");
	gc_keep_alive(kept);
}

static void
make_and_keep(void *unused)
{
	(void)unused;
	keep_on_stack(gc_new(&hold_type));
	store_relaxed(&keeper, NULL);	/* relaxed: polled */
}

static bool
is_keeping(void)
{
	/* acquire: pairs with store_release in keep_on_stack. */
	struct g *gp = load_acquire(&keeper);

	return gp != NULL && is_parked(gp);
}

KTEST(why, the_goroutine_and_the_frame_of_a_stack_are_told)
{
	char expected[60];

	go_named("keeper", make_and_keep, NULL);
	EVENTUALLY(t, is_keeping());
	fmt_snprintf(expected, sizeof(expected), "held by goroutine %lu "
	    "(keeper) [keeps]: stack, sp + ", load_relaxed(&keeper)->id);
	EXPECT(t, ask(hidden));
	EXPECT_EQ(t, lines_said(), 3);
	EXPECT(t, is_said(expected));
	if (symbol_addr("gomaxprocs") != 0)
		EXPECT(t, is_said("in the frame of keep_on_stack + "));

	/* The answer is the same when the stack of the keeper has been
	 * stashed. */
	EVENTUALLY(t, (gc_collect(), is_stashed(load_relaxed(&keeper))));
	EXPECT(t, ask(hidden));
	EXPECT(t, is_said(expected));
	ready(load_relaxed(&keeper));
	EVENTUALLY(t, load_relaxed(&keeper) == NULL);
}

static void
unused_finalizer(void *obj, void *arg)
{
	(void)obj;
	(void)arg;
}

static void
make_finalized(void *unused)
{
	struct hold *h = gc_new(&hold_type);

	(void)unused;
	gc_store(&why_root[0], h);
	gc_set_finalizer(h, unused_finalizer, gc_new_bytes(100));
	gc_store(&h->thing, gc_new_bytes(24));
	hidden = hide(h);
}

/* The finalizer of h holds the thing that h refers to, whether something holds
 * h itself or not. */
KTEST(why, an_object_kept_by_a_finalizer_is_told)
{
	static uintptr_t thing;

	on_its_own(make_finalized);
	thing = hide(why_root[0]->thing);
	EXPECT(t, ask(thing));
	EXPECT_EQ(t, lines_said(), 3);
	EXPECT(t, is_said("held by the finalizer of "));
	forget();
	EXPECT(t, ask(thing));
	EXPECT(t, is_said("held by the finalizer of "));
	EXPECT(t, !ask(hidden));
	EXPECT(t, is_said("held by nobody"));
	gc_collect();
}

static void
set_timer(void *unused)
{
	struct hold *h = gc_new(&hold_type);

	(void)unused;
	hidden = hide(h);
	gc_store(&why_root[1], (void *)after_func(1000 * NS_PER_S,
	    (void (*)(void *))(void *)set_timer, h));
}

KTEST(why, an_object_kept_by_a_timer_is_held_by_its_P)
{
	static uintptr_t timer;

	on_its_own(set_timer);
	timer = hide(why_root[1]);
	forget();
	EXPECT(t, ask(hidden));
	EXPECT(t, is_said("held by P"));
	timer_stop((void *)~timer);
	EXPECT(t, !ask(hidden));
}

KTEST(symbols, a_variable_has_a_name)
{
	uintptr_t offset;
	const char *name = symbol_of_data((uintptr_t)&said[17], &offset);

	if (symbol_addr("gomaxprocs") == 0)
		ktest_skip(t, "the image has no table of symbols");
	EXPECT(t, name != NULL && strcmp(name, "said") == 0);
	EXPECT_EQ(t, offset, 17);
	EXPECT(t, symbol_of_data((uintptr_t)ask, &offset) == NULL);
	EXPECT(t, symbol_of_data(0, &offset) == NULL);
	EXPECT_EQ(t, symbol_addr("why_root"), 0);
}
