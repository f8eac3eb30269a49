/*
 * leaks.c - goroutines that wait for ever, for something that nobody else can
 * reach.
 *
 * They are found as Go's goroutine leak profile (1.26) finds them.  With the
 * world stopped, the heap is marked without the stacks of the *suspects*: the
 * goroutines that wait at something that a program could lose (a channel, a
 * lock, a wait group), or that wait for a ready().  A suspect that waits at a
 * marked object can still be woken.  It is live, so its stack is marked from,
 * too, and the suspects are looked at again, until no more become live.  The
 * suspects that are left then can be reached from suspects only, and none of
 * them will ever run.
 *
 *	LEAK-1	No goroutine that could be woken is called leaked.  Whatever
 *		might be reachable counts as reachable: stacks, saved registers
 *		and marked objects are looked at word by word, interior pointers
 *		count, and what is neither in the heap nor on a stack is always
 *		there.
 *	LEAK-2	A word on the stack of a suspect that has become live leads to
 *		the object that it points into.  It does not also lead to an
 *		object that ends there, as words of other goroutines do
 *		(gc/mark_value.h).  Otherwise one live goroutine would clear all
 *		suspects that wait at the objects before its own object, because
 *		such objects are often made in a row.  So LEAK-1 is wrong for
 *		objects that such a suspect knows by their end alone.
 *
 * The reverse of LEAK-1 does not hold.  Some leaked goroutines are not found,
 * because of a word that only looks like a pointer, a channel in a global
 * variable that nobody uses any more, or a variable on a stack that is already
 * dead.  Of many goroutines that leak in one way nearly all are found; but only
 * because words that a goroutine has inherited from the goroutine that ran
 * before it are left out (live_words.c).
 *
 * Places on stacks.  The mutex or wait group that a suspect waits at may lie on
 * a stack, and so may the structure through which other goroutines know its
 * channel.  The collector does not follow pointers to stacks, so this code
 * does: a word that leads into a suspect's window makes the suspect live, if
 * the word is on the stack of a live goroutine, in a marked object or in a
 * global.
 *
 * A park() is ended by somebody who has the struct g; so a word that leads into
 * the struct g makes the suspect live.  The runtime itself does not count as
 * somebody here: by ready() it wakes only system goroutines.
 *
 * These are no suspects: goroutines of the runtime, because they are not the
 * program's; goroutines that sleep or wait for a device, because a timer or an
 * interrupt may come.  A goroutine that waits at no channel at all (a nil
 * channel, a select without cases) is a suspect that nothing clears.
 *
 * Protocol, all in one stop of the world (gc/reach.h):
 *
 *  1. find_suspects finds the suspects.
 *  2. The heap is marked; leaks_scan leaves the suspects out.
 *  3. spread looks for words that lead to stacks of suspects: first in globals,
 *     then, as long as something is new, in the words of newly live goroutines
 *     and in marked objects; and it looks at what each suspect waits for.
 *  4. The suspects that are left are counted, and told if the caller wants it.
 */
#include "runtime/inspect/leaks.h"

#include "gc/reach.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/fail/dump.h"
#include "runtime/fail/waiting.h"
#include "runtime/inspect/live_words.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/semtable.h"
#include "runtime/stack/gstack.h"

enum kind {
	LIVE,		/* a root, or can be woken */
	NEWLY_LIVE,	/* live, but its words have not been looked at */
	AT_ADDRESS,	/* suspect: waits at a channel, a lock ... */
	AT_CASES,	/* suspect: waits in a select */
	AT_PARK,	/* suspect: waits for a ready() */
	AT_NOTHING,	/* suspect: waits at what does not exist */
};

struct suspicion {
	const void *addr;	/* what it waits at, if AT_ADDRESS */
	enum kind   kind;
};

/* Used only while the world is stopped. */
static struct {
	bool              on;		/* a marking of ours is under way */
	bool              tell;		/* print each leaked goroutine */
	struct suspicion *of;		/* by index of the G; NULL: no memory */
	uint32_t          n;		/* entries of of[] */
	size_t            npages;	/* pages of of[] */
	uintptr_t         gs_lo, gs_hi;	/* all records of Gs lie in here */
	bool              changed;	/* a suspect was cleared */
	long              found;	/* the result */
} leaks;

extern const char __data_start[], __image_end[];

static bool
is_suspect(const struct suspicion *s)
{
	return s->kind >= AT_ADDRESS;
}

static void
mark_range(void *work, uintptr_t lo, uintptr_t hi)
{
	gc_scan_conservative(work, lo, hi);
}

bool
leaks_scan(struct g *gp, struct gc_work *work)
{
	if (leaks.on && !is_suspect(&leaks.of[gp->index]))
		live_words_each(gp, mark_range, work);
	return leaks.on;
}

/* ---- 1: suspects ---- */

static void
suspect_alone(const struct g *gp, struct suspicion *s)
{
	const char *why = waiting_why(gp);

	if (g_status(gp) != G_WAITING || gp->system)
		return;
	if (why == chan_why_send || why == chan_why_recv) {
		s->addr = chan_of_waiter(&gp->wait);
		s->kind = s->addr != NULL ? AT_ADDRESS : NEWLY_LIVE;
	} else if (why == select_why) {
		s->kind = AT_CASES;
	} else if (load_relaxed(&gp->permit) == PERMIT_PARKED) {
		s->kind = AT_PARK;		/* relaxed: world stopped */
	} else if (why == chan_why_send_nil || why == chan_why_recv_nil ||
	    why == select_why_none) {
		s->kind = AT_NOTHING;
	}
}

static void
suspect_in_table(struct sem_waiter *w, const void *addr, void *unused)
{
	(void)unused;
	if (!w->gp->system)
		leaks.of[w->gp->index] =
		    (struct suspicion){ .addr = addr, .kind = AT_ADDRESS };
}

static void
find_suspects(void *unused)
{
	(void)unused;
	leaks.n = allg_count();
	leaks.npages = ROUND_UP(leaks.n * sizeof(leaks.of[0]), PAGE_SIZE) /
	    PAGE_SIZE;
	leaks.of = page_alloc(leaks.npages);
	if (leaks.of == NULL)
		return;
	memset(leaks.of, 0, leaks.npages * PAGE_SIZE);
	leaks.gs_lo = UINTPTR_MAX;
	leaks.gs_hi = 0;
	for (uint32_t i = 0; i < leaks.n; i++) {
		const struct g *gp = allg_at(i);

		leaks.of[i].kind = NEWLY_LIVE;
		leaks.gs_lo = MIN(leaks.gs_lo, (uintptr_t)gp);
		leaks.gs_hi = MAX(leaks.gs_hi, (uintptr_t)(gp + 1));
		suspect_alone(gp, &leaks.of[i]);
		if (g_status(gp) == G_DEAD)
			leaks.of[i].kind = LIVE;	/* it has no words */
	}
	semtable_each(suspect_in_table, NULL);
	leaks.on = true;
}

/* ---- 3: suspects that are cleared ---- */

static void
clear(struct suspicion *s)
{
	if (is_suspect(s)) {
		s->kind = NEWLY_LIVE;
		leaks.changed = true;
	}
}

/* Clear the suspect in whose struct g v lies, if any: a goroutine that has this
 * word can end the suspect's park(). */
static void
see_g(uintptr_t v)
{
	for (uint32_t i = 0; i < leaks.n; i += ALLG_CHUNK) {
		uintptr_t off = v - (uintptr_t)allg_at(i);	/* ALLG-1 */

		if (off >= ALLG_CHUNK * (size_t)g_stride)
			continue;
		i += (uint32_t)(off / g_stride);
		if (i < leaks.n && leaks.of[i].kind == AT_PARK)
			clear(&leaks.of[i]);
		return;
	}
}

/* Follow v, a word of somebody that may run. */
static void
see_word(uintptr_t v)
{
	const struct g *gp;

	if (v >= leaks.gs_lo && v < leaks.gs_hi)
		see_g(v);
	/* What lies below a stack's sp is no place any more.  A word one past
	 * the end of a place still leads to this stack, because the outermost
	 * frame begins with a return address. */
	gp = gstack_owner(v);
	if (gp != NULL && v >= gp->strand.ctx.sp)
		clear(&leaks.of[gp->index]);
}

static void
see_words(uintptr_t at, uintptr_t end)
{
	for (at = ROUND_UP(at, 8UL); at + 8 <= end; at += 8)
		see_word(*(const uintptr_t *)at);
}

/* Look at all globals except the table of waiters: the table knows every
 * waiter, and does not make it reachable. */
static void
see_globals(void)
{
	uintptr_t lo, hi;

	semtable_range(&lo, &hi);
	see_words((uintptr_t)__data_start, lo);
	see_words(hi, (uintptr_t)__image_end);
}

/* Follow the words of a goroutine in [lo, hi) (LEAK-2). */
static void
see_range(void *work, uintptr_t lo, uintptr_t hi)
{
	for (uintptr_t at = ROUND_UP(lo, 8UL); at + 8 <= hi; at += 8)
		gc_shade(work, *(void *const *)at);
	see_words(lo, hi);
}

/* Returns whether everything that gp waits for is out of reach of live
 * goroutines. */
static bool
is_lost(const struct g *gp, const struct suspicion *s)
{
	struct select_case *k, *end;
	const struct g *on;

	switch (s->kind) {
	case AT_ADDRESS:
		on = gstack_owner((uintptr_t)s->addr);
		if (on != NULL)
			return is_suspect(&leaks.of[on->index]);
		return !gc_reached(s->addr);
	case AT_CASES:
		end = chan_select_of(gp, &k);
		for (; k < end; k++)
			if (k->chan != NULL && gc_reached(k->chan))
				return false;
		return true;
	default:
		return true;
	}
}

static void
see_newly_live(struct gc_work *work)
{
	for (uint32_t i = 0; i < leaks.n; i++)
		if (leaks.of[i].kind == NEWLY_LIVE) {
			leaks.of[i].kind = LIVE;
			live_words_each(allg_at(i), see_range, work);
		}
}

static void
spread(struct gc_work *work)
{
	see_globals();
	do {
		leaks.changed = false;
		see_newly_live(work);
		gc_reach_more(work);
		gc_reached_words(see_words);
		for (uint32_t i = 0; i < leaks.n; i++)
			if (is_suspect(&leaks.of[i]) &&
			    !is_lost(allg_at(i), &leaks.of[i]))
				clear(&leaks.of[i]);
	} while (leaks.changed);
}

/* ---- 4: the result ---- */

static void
find_leaks(struct gc_work *work, void *unused)
{
	(void)unused;
	leaks.found = -1;
	if (leaks.of == NULL)
		return;
	spread(work);
	leaks.on = false;
	leaks.found = 0;
	for (uint32_t i = 0; i < leaks.n; i++) {
		if (!is_suspect(&leaks.of[i]))
			continue;
		leaks.found++;
		if (leaks.tell && leaks.found <= DUMP_MAX)
			dump_leaked(allg_at(i));
	}
	page_free(leaks.of, leaks.npages);
}

long
leaked_goroutines(bool tell)
{
	static struct mutex turn;
	long found;

	mutex_lock(&turn);
	leaks.tell = tell;
	gc_reach(find_suspects, find_leaks, NULL);
	found = leaks.found;
	mutex_unlock(&turn);
	return found;
}
