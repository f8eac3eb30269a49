/*
 * work.h - grey objects: marked, not yet scanned.
 *
 * Each marker has a gc_work of its own: a stack of object addresses in one
 * buffer of a page, and a spare buffer.  Full buffers go to a shared list, and
 * come from it.  The stack's window is three pointers by value (struct greys),
 * so that the marking loop can keep it in registers.
 *
 *	WORK-1	A buffer on the full list holds at least one grey object, a
 *		buffer on the empty list none.
 *	WORK-2	A marked object that still has to be scanned is in a gc_work,
 *		or in a buffer on the full list, or was dropped for want of a
 *		buffer, and then work.overflow is set.
 *
 * The buffers are pages.  If no page can be had the object is dropped: it stays
 * marked, and when the lists have run dry the marker walks the heap and scans
 * every marked object again (mark_stw.c).
 */
#pragma once

#include "kernel/page.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct gc_spy;

struct workbuf {
	struct workbuf *next;
	uint64_t        n;	/* objects in obj[], while no window is open */
	uintptr_t       obj[(PAGE_SIZE - 16) / sizeof(uintptr_t)];
};

/* The window on a buffer: its objects are lo .. top - 1, and its room ends at
 * hi. */
struct greys {
	uintptr_t *top, *lo, *hi;
};

/* All fields [o]: the marker's, or any hart's with the world stopped and no
 * marker running. */
struct gc_work {
	struct greys    greys;		/* window on buf, or all NULL */
	struct workbuf *buf;
	struct workbuf *spare;		/* empty or full, or NULL */
	uint64_t        marked_bytes;	/* of objects that we marked first,
					 * since the last harvest (marker.c) */
	bool            drained;	/* objects were scanned since then */
	uint64_t        stack_bytes;	/* of stacks, scanned conservatively */
	uint64_t        root_bytes;	/* of root blocks, scanned */
	struct gc_spy  *spy;		/* or NULL; with a spy, mark nothing and
					 * show it the words (why.h) */
};

/*
 * Field key:	[L] by lock	[a] atomic
 */
extern struct work {
	struct spinlock  lock;
	struct workbuf  *full, *empty;	/* [L] */
	ATOMIC(uint32_t) nfull;		/* [a] buffers on full; stored with
					 * lock */
	uint32_t         nempty;	/* [L] */
	ATOMIC(uint32_t) overflow;	/* [a] WORK-2 */
	ATOMIC(uint64_t) rescans;	/* [a] heap walks for WORK-2, ever */
} work;

/* Set some buffers aside, for good.  gc_init, once. */
void work_init(void);

/* Open a buffer with room and put obj there; the window of w is full or closed.
 * If there is no memory, obj is dropped (WORK-2). */
void work_put_slow(struct gc_work *w, uintptr_t obj);

/* Open a buffer with at least one object, from w or from the shared list; the
 * window of w is empty or closed.  Returns false if there is none. */
bool work_refill(struct gc_work *w);

/* Give part of what w holds to the shared list. */
void work_share(struct gc_work *w);

/* Put everything that w holds on the shared lists. */
void work_flush(struct gc_work *w);

/* Set the window of w to g, a copy that the caller had in registers and whose
 * floor it may have raised. */
INLINE void
work_return(struct gc_work *w, const struct greys *g)
{
	w->greys.top = g->top;
	w->greys.lo = w->buf != NULL ? w->buf->obj : g->lo;
	w->greys.hi = g->hi;
}

/* Does w hold a grey object? */
INLINE bool
work_has(const struct gc_work *w)
{
	return w->greys.top != w->greys.lo ||
	    (w->spare != NULL && w->spare->n > 0);
}

/* Is there a grey object on the shared list?  A hint, but what this hart has
 * put there is always seen. */
INLINE bool
work_shared(void)
{
	/* relaxed: a hint, see above. */
	return load_relaxed(&work.nfull) != 0;
}

/* Give back the pages of empty buffers, except a reserve.  No marker
 * running. */
void work_trim(void);

INLINE void
work_put(struct gc_work *w, uintptr_t obj)
{
	if (LIKELY(w->greys.top != w->greys.hi))
		*w->greys.top++ = obj;
	else
		work_put_slow(w, obj);
}
