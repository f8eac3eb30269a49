/*
 * test_live_words.c - words that a goroutine has from the one before it are
 * left out, and no other words.
 *
 * Covers live_words.c, and the places of saved registers that kernel/unwind.c
 * finds.  Links the whole runtime.
 */
#include "runtime/inspect/live_words.h"

#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/stash.h"
#include "tests/unit/crowd.h"
#include "tests/unit/stashed.h"

enum { DEPTH = 5, SAVED = 11 };		/* s1 to s11 */
enum how { RUN_ON, PARK, RECEIVE };

static ATOMIC(struct g *) worker;
static uint64_t           result;
static enum how           how_to_wait;
static struct chan       *chan;		/* a root while a test needs it */

/* Each call has more variables than there are registers that survive the next
 * call, and saves all these registers, s1 to s11, even if the compiler has no
 * use for them.  (gcc 15 has none, and would leave no word of another goroutine
 * on the stack.) */
static NOINLINE uint64_t
deep(int n, uint64_t a, enum how how)
{
	uint64_t v[6] = { a * 3, a * 5, a * 7, a * 11, a * 13, a * 17 };
	uint64_t b = v[0] ^ n, c = v[1] ^ n, d = v[2] ^ n, e = v[3] ^ n;
	uint64_t below = 0;

	__asm__ volatile("" : : : "s1", "s2", "s3", "s4", "s5", "s6", "s7",
	    "s8", "s9", "s10", "s11");
	if (n > 0)
		below = deep(n - 1, a + v[4], how);
	else if (how == PARK)
		park("scribbled on");
	else if (how == RECEIVE)
		chan_recv(chan, NULL);
	return (below * 31 + b) * 31 + ((c * 31 + d) * 31 + e) + v[5];
}

static void
work(void *unused)
{
	(void)unused;
	/* relaxed: a G is never freed; also below. */
	store_relaxed(&worker, this_g());
	result = deep(DEPTH, 12345, how_to_wait);
	store_relaxed(&worker, NULL);
}

/* ---- which words are left out ---- */

static struct {
	struct g *gp;
	bool      told[GSTACK_SIZE(0) / 8];	/* from the stack's end down */
	uint32_t  nregs;			/* saved registers told */
	uint32_t  nout;
	uintptr_t out[128];			/* not told, on the stack */
} seen;

static void
see(void *unused, uintptr_t lo, uintptr_t hi)
{
	const struct g *gp = seen.gp;
	const struct stash *stash = load_relaxed(&gp->stash);
	uintptr_t end = stash != NULL ?
	    (uintptr_t)stash->words + stash->len : gp->strand.stack_hi;

	(void)unused;
	if (lo - (uintptr_t)gp < sizeof(*gp)) {
		seen.nregs += lo - (uintptr_t)gp->strand.ctx.s <
		    sizeof(gp->strand.ctx.s);
		return;
	}
	for (; lo < hi; lo += 8)
		seen.told[(end - lo) / 8 - 1] = true;
}

static void
look_stw(void *unused)
{
	(void)unused;
	memset(seen.told, 0, sizeof(seen.told));
	seen.nregs = seen.nout = 0;
	live_words_each(seen.gp, see, NULL);
}

static void
look(struct g *gp)
{
	uintptr_t hi = gp->strand.stack_hi;

	seen.gp = gp;
	gc_stop_between_cycles("looking at words");
	gc_host.on_system_stack(look_stw, NULL);
	gc_host.start_world();
	for (uintptr_t at = gp->strand.ctx.sp; at < hi; at += 8)
		if (!seen.told[(hi - at) / 8 - 1] &&
		    seen.nout < ARRAY_LEN(seen.out))
			seen.out[seen.nout++] = at;
}

/* Nobody looks at words that are left out: overwrite them, and see that this
 * does no harm. */
KTEST(live_words, words_that_are_left_out_may_be_anything)
{
	uint32_t nout;
	struct g *gp;

	how_to_wait = PARK;
	go(work, NULL);
	EVENTUALLY(t, (gp = load_relaxed(&worker)) != NULL && is_parked(gp));
	look(gp);
	nout = seen.nout;
	EXPECT(t, nout > 0 && nout <= SAVED);
	/* As many words are left out of its stash. */
	EVENTUALLY(t, (gc_collect(), is_stashed(gp)));
	look(gp);
	EXPECT(t, is_stashed(gp));
	EXPECT_EQ(t, seen.nout, nout);
	for (uint32_t i = 0; i < seen.nout; i++)
		*(uint64_t *)seen.out[i] = 0x5c5c5c5c5c5c5c5cULL;
	ready(gp);
	EVENTUALLY(t, load_relaxed(&worker) == NULL);
	EXPECT_EQ(t, result, deep(DEPTH, 12345, RUN_ON));
}

/* Of the frames of a light call itself only s0 is told.  The words of its
 * callers' frames are told: here a value for each call of deep is among
 * them. */
KTEST(live_words, a_goroutine_at_a_channel_has_the_words_of_its_own_frames)
{
	uint32_t told = 0;
	struct g *gp;

	gc_root(chan);
	gc_store(&chan, chan_make(&gc_int_type, 0));
	how_to_wait = RECEIVE;
	go(work, NULL);
	EVENTUALLY(t, (gp = load_relaxed(&worker)) != NULL && is_parked(gp));
	look(gp);
	for (uintptr_t at = gp->strand.ctx.sp; at < gp->strand.stack_hi;
	    at += 8)
		told += seen.told[(gp->strand.stack_hi - at) / 8 - 1];
	EXPECT(t, seen.nout > 2 && told > DEPTH);
	EXPECT(t, seen.nregs <= 1);
	chan_close(chan);
	EVENTUALLY(t, load_relaxed(&worker) == NULL);
	EXPECT_EQ(t, result, deep(DEPTH, 12345, RUN_ON));
	gc_store(&chan, NULL);
	gc_remove_root(&chan);
}

static void
park_only(void *unused)
{
	(void)unused;
	store_relaxed(&worker, this_g());
	park("nothing saved");
	store_relaxed(&worker, NULL);
}

/* Registers that no frame has saved also hold words of the goroutine before. */
KTEST(live_words, registers_that_were_not_saved_are_not_told)
{
	struct g *gp;

	go(park_only, NULL);
	EVENTUALLY(t, (gp = load_relaxed(&worker)) != NULL && is_parked(gp));
	look(gp);
	EXPECT(t, seen.nregs + SAVED <= 12 + seen.nout);
	ready(gp);
	EVENTUALLY(t, load_relaxed(&worker) == NULL);
}
