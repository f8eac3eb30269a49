/*
 * work.c - the shared lists of grey buffers, and how a gc_work uses them.
 *
 * A marker has two buffers, as in Go: a single buffer would go back and forth
 * over the lock whenever its fill level crosses one border again and again.
 * The lists have a lock rather than being lock-free, because it is taken only
 * once in hundreds of objects.
 */
#include "gc/work.h"

#include "gc/heap.h"
#include "lib/check.h"

_Static_assert(sizeof(struct workbuf) == PAGE_SIZE, "a buffer is a page");

enum { WORK_RESERVE = 4 };	/* empty buffers that work_trim leaves */

struct work work = { .lock = SPINLOCK_INIT("gc work", RANK_GC_WORK) };

/* Put b, whose n is valid, on the list on which it belongs. */
static void
publish(struct workbuf *b)
{
	spin_lock(&work.lock);
	if (b->n > 0) {
		b->next = work.full;
		work.full = b;
		/* relaxed: a hint to harts without the lock. */
		store_relaxed(&work.nfull, load_relaxed(&work.nfull) + 1);
	} else {
		b->next = work.empty;
		work.empty = b;
		work.nempty++;
	}
	spin_unlock(&work.lock);
}

static struct workbuf *
take_full(void)
{
	struct workbuf *b;

	/* relaxed: a hint, but what this hart has put itself is always seen. */
	if (load_relaxed(&work.nfull) == 0)
		return NULL;
	spin_lock(&work.lock);
	b = work.full;
	if (b != NULL) {
		work.full = b->next;
		store_relaxed(&work.nfull, load_relaxed(&work.nfull) - 1);
	}
	spin_unlock(&work.lock);
	return b;
}

/* Take an empty buffer, or make one.  Returns NULL if there is no memory. */
static struct workbuf *
take_empty(void)
{
	struct workbuf *b;

	spin_lock(&work.lock);
	b = work.empty;
	if (b != NULL) {
		work.empty = b->next;
		work.nempty--;
	}
	spin_unlock(&work.lock);
	if (b == NULL) {
		b = page_alloc(1);
		if (b == NULL)
			return NULL;
		/* relaxed: a statistic. */
		add_relaxed(&heap.meta_pages, 1);
	}
	b->n = 0;
	return b;
}

/* Close the window of w: w->buf becomes an ordinary buffer.  Returns the
 * buffer, or NULL if the window was closed. */
static struct workbuf *
close_window(struct gc_work *w)
{
	struct workbuf *b = w->buf;

	if (b != NULL)
		b->n = (uint64_t)(w->greys.top - w->greys.lo);
	w->buf = NULL;
	w->greys = (struct greys){ 0 };
	return b;
}

static void
open_window(struct gc_work *w, struct workbuf *b)
{
	w->buf = b;
	w->greys.lo = b->obj;
	w->greys.top = b->obj + b->n;
	w->greys.hi = b->obj + ARRAY_LEN(b->obj);
}

void
work_init(void)
{
	for (int i = 0; i < WORK_RESERVE; i++) {
		struct workbuf *b = page_alloc(1);

		if (b == NULL)
			panic("gc: no memory for grey buffers");
		b->n = 0;
		publish(b);
	}
	/* relaxed: boot. */
	add_relaxed(&heap.meta_pages, WORK_RESERVE);
}

void
work_put_slow(struct gc_work *w, uintptr_t obj)
{
	struct workbuf *full, *next = w->spare;

	if (next == NULL || next->n > 0) {
		next = take_empty();
		if (next == NULL) {
			/* relaxed: read when all markers are done. */
			store_relaxed(&work.overflow, 1);	/* WORK-2 */
			return;
		}
		if (w->spare != NULL)
			publish(w->spare);
	}
	full = close_window(w);
	w->spare = full;
	open_window(w, next);
	*w->greys.top++ = obj;
}

bool
work_refill(struct gc_work *w)
{
	struct workbuf *next = w->spare, *empty;

	if (next != NULL && next->n > 0) {
		w->spare = close_window(w);
	} else {
		next = take_full();
		if (next == NULL)
			return false;
		empty = close_window(w);
		if (w->spare == NULL)
			w->spare = empty;
		else if (empty != NULL)
			publish(empty);
	}
	open_window(w, next);
	return true;
}

void
work_share(struct gc_work *w)
{
	size_t n = (size_t)(w->greys.top - w->greys.lo), give = n / 2;
	struct workbuf *b;

	if (w->spare != NULL && w->spare->n > 0) {
		publish(w->spare);
		w->spare = NULL;
		return;
	}
	if (give == 0 || (b = take_empty()) == NULL)
		return;
	/* The lower half is the older one.  Its objects are nearer to the
	 * roots, so more objects hang on them. */
	for (size_t i = 0; i < give; i++)
		b->obj[i] = w->greys.lo[i];
	for (size_t i = give; i < n; i++)
		w->greys.lo[i - give] = w->greys.lo[i];
	w->greys.top -= give;
	b->n = give;
	publish(b);
}

void
work_flush(struct gc_work *w)
{
	struct workbuf *b = close_window(w);

	if (b != NULL)
		publish(b);
	if (w->spare != NULL)
		publish(w->spare);
	w->spare = NULL;
}

void
work_trim(void)
{
	for (;;) {
		struct workbuf *b = NULL;

		spin_lock(&work.lock);
		if (work.nempty > WORK_RESERVE) {
			b = work.empty;
			work.empty = b->next;
			work.nempty--;
		}
		spin_unlock(&work.lock);
		if (b == NULL)
			return;
		/* relaxed: a statistic. */
		add_relaxed(&heap.meta_pages, -1UL);
		page_free(b, 1);
	}
}
