/*
 * test_dump.c - what a dump says of a goroutine.
 *
 * Covers dump.c and WAIT-1 of waiting.h.  The key that asks for a dump is typed
 * in tests/t/24-shell.t.  Links the whole runtime.
 */
#include "runtime/fail/dump.h"

#include <stdarg.h>

#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/time/vclock.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

static char said[200];

static void PRINTF(1, 2)
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
}

/* Return whether the dump of gp begins with its number and state. */
static bool
is_told(struct g *gp, const char *state)
{
	char expected[100];

	dump_head(say, gp, false);
	fmt_snprintf(expected, sizeof(expected),
	    "goroutine %lu (waits) [%s]:\n", gp->id, state);
	return strcmp(said, expected) == 0;
}

static struct chan      *chan;
static struct waitgroup done;
static ATOMIC(struct g *) waits;

static void
receive_all(void *unused)
{
	(void)unused;
	/* relaxed: a G is never freed, and readers look at its status first. */
	store_relaxed(&waits, this_g());
	while (chan_recv(chan, NULL))
		;
	wg_done(&done);
}

static struct g *
go_waiting(struct ktest *t)
{
	chan = chan_make(&gc_int_type, 0);
	store_relaxed(&waits, NULL);
	wg_add(&done, 1);
	go_named("waits", receive_all, NULL);
	EVENTUALLY(t, load_relaxed(&waits) != NULL &&
	    is_parked(load_relaxed(&waits)));
	return load_relaxed(&waits);
}

KTEST(dump, a_wait_that_a_collection_has_seen_shows_its_minutes)
{
	static const int64_t value = 1;
	struct g *gp;

	ROOT_ONCE(chan);
	vclock_begin();
	gp = go_waiting(t);
	EXPECT(t, is_told(gp, "chan receive"));
	vclock_run(5 * 60 * NS_PER_S);
	EXPECT(t, is_told(gp, "chan receive"));		/* no collection yet */
	gc_collect();
	vclock_run(59 * NS_PER_S);
	EXPECT(t, is_told(gp, "chan receive"));
	vclock_run(2 * NS_PER_S);
	EXPECT(t, is_told(gp, "chan receive, 1 minutes"));
	gc_collect();			/* time counts from the first */
	vclock_run(120 * NS_PER_S);
	EXPECT(t, is_told(gp, "chan receive, 3 minutes"));

	/* Another wait, at the same channel. */
	chan_send(chan, &value);
	EVENTUALLY(t, is_parked(gp));
	EXPECT(t, is_told(gp, "chan receive"));
	gc_collect();
	vclock_run(60 * 60 * NS_PER_S);
	EXPECT(t, is_told(gp, "chan receive, 60 minutes"));
	chan_close(chan);
	wg_wait(&done);
	vclock_end();
	chan = NULL;
}

KTEST(dump, a_goroutine_knows_who_made_it)
{
	struct g *gp = go_waiting(t);

	EXPECT_EQ(t, gp->creator.id, goid());
	EXPECT(t, gp->creator.pc > (uintptr_t)go_waiting &&
	    gp->creator.pc < (uintptr_t)go_waiting + 300);
	chan_close(chan);
	wg_wait(&done);
	chan = NULL;
}

KTEST(dump, a_name_that_the_program_has_spoilt_does_not_spoil_a_dump)
{
	struct g *gp = go_waiting(t);
	const char *name = gp->name;
	char wanted[100];

	gp->name = (const char *)8;		/* no memory is there */
	dump_head(say, gp, false);
	fmt_snprintf(wanted, sizeof(wanted),
	    "goroutine %lu () [chan receive]:\n", gp->id);
	EXPECT_EQ(t, strcmp(said, wanted), 0);
	gp->name = "\033[2Jx";			/* not fit to be printed */
	dump_head(say, gp, false);
	fmt_snprintf(wanted, sizeof(wanted),
	    "goroutine %lu (?[2Jx) [chan receive]:\n", gp->id);
	EXPECT_EQ(t, strcmp(said, wanted), 0);
	gp->name = name;
	chan_close(chan);
	wg_wait(&done);
	chan = NULL;
}
