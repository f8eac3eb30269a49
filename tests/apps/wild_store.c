/*
 * wild_store.c - pointers stored without gc_store while the collector marks.
 *
 * It marks once gc_barrier_on_ says so, and not before this goroutine gives its
 * hart up, for there is only one.
 */
#include "antler.h"

struct node {
	struct node *next, *other;
	long         key;
};
GC_TYPE(node, next, other);

static struct node *list, *moved, *fresh;

static void
make(void *unused)
{
	struct node *last = gc_new(&node_type);

	(void)unused;
	gc_store(&last->next, gc_new(&node_type));
	gc_store(&moved, gc_new(&node_type));
	gc_store(&list, last);
}

/* Allocate until the collector marks. */
static void
await_marking(void)
{
	while (*(volatile uint32_t *)&gc_barrier_on_ == 0)
		gc_new(&node_type);
}

static void
break_the_rules(void *unused)
{
	struct node *x;

	(void)unused;
	await_marking();
	/* A pointer is cut out, and found nowhere else. */
	list->next = NULL;
	/* Another one moves from a root to an object that is black. */
	x = gc_new(&node_type);
	x->other = moved;
	moved = NULL;
	gc_store(&fresh, x);
}

int
main(void)
{
	struct waitgroup done = { 0 };

	gc_root(list);
	gc_root(moved);
	gc_root(fresh);
	wg_go(&done, make, NULL);	/* no pointer is left on our stack */
	wg_wait(&done);
	gc_collect();
	wg_go(&done, break_the_rules, NULL);
	wg_wait(&done);
	gc_collect();
	print("the end\n");
	return 0;
}
