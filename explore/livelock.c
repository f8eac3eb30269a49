/*
 * livelock.c - see livelock.h.
 */
#include "explore/livelock.h"

#include "explore/explore.h"
#include "explore/rewind.h"
#include "kernel/symbols.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"

/* LAST is the number of points at the end that are counted, PLACES the number
 * of places in the table, a power of two, and TOLD the number of places that
 * are printed. */
enum { LAST = 1 << 16, PLACES = 1 << 10, TOLD = 6 };

struct loop_place {
	uintptr_t pc;
	uint64_t  goroutine;	/* 0: the scheduler */
	uint32_t  hart;
	uint32_t  n;
};

static EXPLORERS struct {
	uint64_t           from;	/* count from this point on */
	uint32_t           nplaces;
	struct loop_place *places;
} livelock;

void
livelock_init(void)
{
	livelock.places = explorers_memory(PLACES * sizeof(struct loop_place));
}

void
livelock_begin(uint64_t limit)
{
	if (livelock.nplaces != 0)
		memset(livelock.places, 0, PLACES * sizeof(struct loop_place));
	livelock.nplaces = 0;
	livelock.from = limit == 0 ? UINT64_MAX :
	    limit > LAST ? limit - LAST : 0;
}

void
livelock_note(const struct virtual_point *point)
{
	const struct g *gp = this_g();
	uint64_t goroutine = point->scheduler ? 0 : gp->id;
	uint32_t i = (uint32_t)(((point->pc >> 1) + goroutine * 31 +
	    point->hart) * 2654435761U) % PLACES;

	if (point->n < livelock.from || livelock.places == NULL)
		return;
	for (;; i = (i + 1) % PLACES) {
		struct loop_place *p = &livelock.places[i];

		if (p->n == 0 && livelock.nplaces++ < PLACES / 2)
			*p = (struct loop_place){ point->pc, goroutine,
				point->hart, 0 };
		else if (p->n == 0)
			return;
		if (p->pc == point->pc && p->goroutine == goroutine &&
		    p->hart == point->hart) {
			p->n++;
			return;
		}
	}
}

static struct loop_place *
most(void)
{
	struct loop_place *best = NULL;

	for (uint32_t i = 0; i < PLACES; i++)
		if (livelock.places[i].n != 0 && (best == NULL ||
		    livelock.places[i].n > best->n))
			best = &livelock.places[i];
	return best;
}

static void
print_place(const struct loop_place *p, void (*say)(const char *fmt, ...))
{
	uintptr_t   offset = 0;
	const char *name = symbol_name(p->pc, &offset);
	const char *text = name != NULL ? name : "?";

	if (p->goroutine == 0)
		say("  %u times hart %u in its scheduler, at %s+0x%lx "
		    "pc=%lx\n", p->n, p->hart, text, offset, p->pc);
	else
		say("  %u times hart %u in goroutine %lu, at %s+0x%lx pc=%lx\n",
		    p->n, p->hart, p->goroutine, text, offset, p->pc);
}

void
livelock_print(void (*say)(const char *fmt, ...))
{
	struct loop_place *p;

	if (livelock.nplaces == 0)
		return;
	say("it goes round and round; of its last %u points most are:\n",
	    (uint32_t)LAST);
	for (int i = 0; i < TOLD && (p = most()) != NULL; i++) {
		print_place(p, say);
		p->n = 0;
	}
}
