/*
 * mark_roots.c - the functions that scanners of roots call: mark from a value,
 * from the words of a range, or from an object.  If the gc_work has a spy, they
 * mark nothing and show the spy the words instead (why.h).
 */
#include "gc/gc.h"
#include "gc/mark.h"
#include "gc/mark_value.h"
#include "gc/ptrmap.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/why.h"

/* ---- showing words to a spy ---- */

static void
show_words(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	for (; lo < hi; lo += 8)
		w->spy->see(w->spy, lo, slot_load(lo));
}

static void
show_slot(void *arg, uintptr_t at)
{
	struct gc_work *w = arg;

	show_words(w, at, at + 8);
}

/* Show the spy what mark_ambiguous would look at for the word of a stack at
 * address at. */
static void
show_ambiguous(struct gc_work *w, uintptr_t at)
{
	uintptr_t v = slot_load(at);

	w->spy->see(w->spy, at, v);
	w->spy->see(w->spy, at, v - 1);
}

/* ---- what scanners of roots call ---- */

/* Mark what the words from lo to hi lead to.  They are words of a stack or
 * saved registers. */
static void
mark_ambiguous_words(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	struct span_table table = table_for_ambiguous();
	struct greys g = w->greys;
	uint64_t     marked = 0;

	for (; lo < hi; lo += 8)
		mark_ambiguous(w, &table, &g, &marked, slot_load(lo));
	w->greys = g;
	w->marked_bytes += marked;
}

void
mark_children(struct gc_work *w, uintptr_t base)
{
	struct span *s = span_of(base);

	w->drained = true;	/* the object may leave nothing else to be
				 * seen */
	if (s->noscan)
		return;
	if (UNLIKELY(w->spy != NULL)) {
		ptrmap_each(s, base, show_slot, w);
		return;
	}
	/* Scan the object whole, without oblets.  The object itself may not be
	 * marked; if its oblets were dropped for want of a buffer, no marker
	 * would look at it again. */
	if (s->types != NULL)
		mark_typed(w, s, base, 0, s->size);
	else
		mark_map(w, base, ptrmap_get(s, base), base, base + s->size);
}

void
gc_shade(struct gc_work *w, const void *value)
{
	struct greys g;

	/* Mostly there is nothing to do. */
	if (LIKELY(!span_leads_to_white((uintptr_t)value)))
		return;
	if (UNLIKELY(w->spy != NULL)) {
		w->spy->see(w->spy, 0, (uintptr_t)value);
		return;
	}
	g = w->greys;
	mark_value(w, &span_table, &g, &w->marked_bytes, (uintptr_t)value);
	w->greys = g;
}

void
gc_scan_conservative(struct gc_work *w, uintptr_t lo, uintptr_t hi)
{
	lo = ROUND_UP(lo, 8UL);
	if (lo >= hi)
		return;
	if (UNLIKELY(w->spy != NULL)) {
		for (; lo + 8 <= hi; lo += 8)
			show_ambiguous(w, lo);
		return;
	}
	mark_ambiguous_words(w, lo, ROUND_DOWN(hi, 8UL));
	w->stack_bytes += hi - lo;
}

/* Is there a span at v, or a span that ends at v?  table is a copy as for
 * mark_ambiguous. */
INLINE bool
may_lead_to_object(const struct span_table *table, uintptr_t v)
{
	if (LIKELY(v - table->lo >= table->len))
		return false;
	/* dependent: with span_new. */
	return load_dependent(&span_slot_of(table, v)->span) != span_none ||
	    (v % PAGE_SIZE == 0 && span_of(v - 1) != NULL);
}

size_t
gc_list_refs(const uint64_t *words, size_t n, uint8_t *which, size_t max)
{
	struct span_table table = table_for_ambiguous();
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!may_lead_to_object(&table, words[i]))
			continue;
		if (found < max)
			which[found] = (uint8_t)i;
		found++;
	}
	return found;
}

void
gc_scan_listed(struct gc_work *w, const uint64_t *words, const uint8_t *which,
    size_t n)
{
	struct span_table table = table_for_ambiguous();
	struct greys g = w->greys;
	uint64_t     marked = 0;

	for (size_t i = 0; w->spy != NULL && i < n; i++)
		show_ambiguous(w, (uintptr_t)&words[which[i]]);
	if (UNLIKELY(w->spy != NULL))
		return;
	for (size_t i = 0; i < n; i++)
		mark_ambiguous(w, &table, &g, &marked,
		    slot_load((uintptr_t)&words[which[i]]));
	w->greys = g;
	w->marked_bytes += marked;
	w->stack_bytes += n * 8;
}

void
gc_scan_block(struct gc_work *w, const void *base, size_t nwords,
    const uint8_t *ptrmask)
{
	uintptr_t at = (uintptr_t)base;

	for (size_t i = 0; w->spy != NULL && i < nwords; i++)
		if (ptrmask == NULL || (ptrmask[i / 8] >> (i % 8) & 1))
			show_slot(w, at + i * 8);
	if (UNLIKELY(w->spy != NULL))
		return;
	w->root_bytes += nwords * 8;
	if (ptrmask == NULL) {
		mark_words(w, at, at + nwords * 8);
		return;
	}
	for (size_t i = 0; i < nwords; i += 8)
		mark_map(w, at + i * 8, ptrmask[i / 8], at, at + nwords * 8);
}
