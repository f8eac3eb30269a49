/*
 * live_words.c - the words of a goroutine that it may look at again.
 *
 * When a strand begins, s1-s11 hold what the strand before it has left there
 * (switch.S), and a function that uses such a register saves it first.  So at
 * the outer end of each stack there are words of another strand, often
 * pointers, for as long as the goroutine lives.  For the collector these words
 * only keep a little garbage.  But leaks.c, which follows pointers from
 * goroutine to goroutine, would find in them a chain through all goroutines
 * that were started one after the other.
 *
 * The call-frame information tells where these old words are.  For each s_i it
 * is the outermost of the places where a frame has saved s_i; if no frame has
 * saved s_i, it is the register s_i itself.  What is saved there will only be
 * restored; nobody looks at its value.
 *
 * A goroutine that waits at a channel is in a *light* call, whose caller keeps
 * nothing in s1-s11 (ANTLER_LIGHT_CLOBBERS_).  The frames of the light call
 * save what these registers happen to hold once more, and nothing tells at
 * which places.  But these frames serve only the operation: when the goroutine
 * is woken the operation is over, and the goroutine goes on with the frames of
 * its caller.  So of the words of a light call none counts but the caller's s0.
 *
 * Rejected: clearing the registers in strand_start.  That would cost an
 * instruction for each register at each go().  The search costs some thousands
 * of instructions, but only when somebody asks.
 *
 * A stash is unwound in its block: code reaches its frame by offsets from sp,
 * and unwinding needs no pointers from the stack into itself.  If the frames do
 * not lead to strand_start, all words count.
 */
#include "runtime/inspect/live_words.h"

#include "kernel/page.h"
#include "kernel/switch.h"
#include "kernel/unwind.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "runtime/sched/g.h"
#include "runtime/stack/stash.h"

enum { NSAVED = 12, REG_SP = 2, REG_S0 = 8 };

/* The live part of a stack, and which of its words and of s1-s11 are old:
 * nobody will look at their values. */
struct words {
	uintptr_t lo, hi;		/* bounds of the live part */
	uintptr_t s0;			/* address where s0 is kept */
	uintptr_t old[NSAVED];		/* addresses of old words, or 0 */
	bool      old_reg[NSAVED];	/* the saved s_i itself is old */
};

/* Returns the number in x0-x31 of register s_i. */
static unsigned
x_of_s(unsigned i)
{
	return i < 2 ? 8 + i : 16 + i;
}

/* Returns the function that the call before return address pc calls; 0 if that
 * is not known.  The call is a jal, or an auipc and a jalr that the linker has
 * not made a jal. */
static uintptr_t
callee(uintptr_t pc)
{
	const uint16_t *at = (const uint16_t *)pc;
	uint32_t op = at[-2] | (uint32_t)at[-1] << 16;
	uint32_t before = at[-4] | (uint32_t)at[-3] << 16;
	int32_t  hi = (int32_t)(before & 0xfffff000);
	uint32_t jump = (op >> 20 & 0x7fe) | (op >> 9 & 0x800) |
	    (op & 0xff000);

	if ((op & 0xfff) == 0x0ef)			/* jal ra */
		return pc - 4 + jump - (op >> 31 ? 1UL << 20 : 0);
	if ((op & 0xfffff) == 0x080e7 && (before & 0xfff) == 0x097)
		return pc - 8 + (uintptr_t)(int64_t)hi +
		    (uintptr_t)(int64_t)((int32_t)op >> 20);	/* auipc ra */
	return 0;
}

static bool
is_light_call(uintptr_t pc)
{
	uintptr_t fn = callee(pc);

	return fn == (uintptr_t)antler_yield ||
	    fn == (uintptr_t)antler_chan_send ||
	    fn == (uintptr_t)antler_chan_recv ||
	    fn == (uintptr_t)antler_chan_select;
}

/* Find out which words of gp are old, and narrow *w to the caller's frames if
 * gp waits in a light call. */
static void
find_old(const struct g *gp, struct words *w)
{
	uintptr_t where[32] = { 0 };
	struct unwind_frame f;
	uintptr_t lo = w->lo, s0 = w->s0;
	bool light = false;

	unwind_begin(&f, &gp->strand.ctx);
	f.x[REG_SP] = lo;
	while (unwind_step_where(&f, MAX(w->lo, f.x[REG_SP]), w->hi, where)) {
		if (light || g_status(gp) != G_WAITING || !f.is_call ||
		    !is_light_call(f.pc))
			continue;
		light = true;
		lo = f.x[REG_SP];
		if (where[REG_S0] != 0)
			s0 = where[REG_S0];
		memset(where, 0, sizeof(where));
	}
	if (f.pc != (uintptr_t)strand_started)
		return;
	w->lo = lo;
	w->s0 = s0;
	for (unsigned i = 1; i < NSAVED; i++) {
		w->old[i] = where[x_of_s(i)];
		w->old_reg[i] = light || w->old[i] == 0;
	}
}

/* Returns the address of the first old word from at on; hi if there is none
 * before hi. */
static uintptr_t
next_old(const struct words *w, uintptr_t at, uintptr_t hi)
{
	for (unsigned i = 0; i < NSAVED; i++)
		if (w->old[i] >= at && w->old[i] < hi)
			hi = w->old[i];
	return hi;
}

/* Call fn for the ranges of words in [lo, hi), which is mapped memory, that are
 * not old. */
static void
each_range(const struct words *w, uintptr_t lo, uintptr_t hi,
    void (*fn)(void *arg, uintptr_t lo, uintptr_t hi), void *arg)
{
	while (lo < hi) {
		uintptr_t end = next_old(w, lo, hi);

		if (lo < end)
			fn(arg, lo, end);
		lo = end + 8;
	}
}

void
live_words_each(struct g *gp,
    void (*fn)(void *arg, uintptr_t lo, uintptr_t hi), void *arg)
{
	const struct ctx *ctx = &gp->strand.ctx;
	const struct stash *stash = load_relaxed(&gp->stash); /* stopped */
	unsigned nregs = ctx->full & CTX_S1_TO_S11 ? NSAVED : 1;
	struct words w = { .lo = ctx->sp, .hi = gp->strand.stack_hi,
		.s0 = (uintptr_t)&ctx->s[0] };

	if (stash != NULL) {
		w.lo = (uintptr_t)stash->words;
		w.hi = w.lo + stash->len;
	}
	find_old(gp, &w);
	for (uintptr_t at = w.lo, end; at < w.hi; at = end) {
		end = MIN(ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE, w.hi);
		if (stash != NULL || vm_frame(at) != NULL)
			each_range(&w, at, end, fn, arg);
	}
	fn(arg, w.s0, w.s0 + 8);
	for (unsigned i = 1; i < nregs; i++)
		if (!w.old_reg[i])
			fn(arg, (uintptr_t)&ctx->s[i],
			    (uintptr_t)(&ctx->s[i] + 1));
	fn(arg, (uintptr_t)&gp->strand.arg,
	    (uintptr_t)(&gp->strand.arg + 1));
}
