/*
 * tree.c - binary trees that come and go: the collector at work.
 *
 *	make qemu APP=apps/tree.c ARGS='GODEBUG=gctrace=1'
 */
#include "antler.h"

enum { DEPTH = 14, TREES = 64 };

struct node {
	struct node *left, *right;
};
GC_TYPE(node, left, right);

static struct waitgroup grown;
static struct node     *kept;

static struct node *
grow(int depth)
{
	struct node *n = gc_new(&node_type);

	if (depth > 0) {
		gc_store(&n->left, grow(depth - 1));
		gc_store(&n->right, grow(depth - 1));
	}
	return n;
}

static long
count(const struct node *n)
{
	return n == NULL ? 0 : 1 + count(n->left) + count(n->right);
}

static void
grow_and_forget(void *unused)
{
	(void)unused;
	if (count(grow(DEPTH)) != (2L << DEPTH) - 1)
		print("a tree has lost nodes\n");
	wg_done(&grown);
}

int
main(void)
{
	struct gc_stats stats;

	gc_root(kept);		/* a global that points into the heap */
	gc_store(&kept, grow(DEPTH));
	wg_add(&grown, TREES);
	for (int i = 0; i < TREES; i++)
		go(grow_and_forget, NULL);
	wg_wait(&grown);
	gc_read_stats(&stats);
	print("%d trees, %lu objects; %lu collections, the longest pause %lu "
	    "us\nthe kept tree still has %ld nodes\n", TREES + 1,
	    (unsigned long)stats.mallocs, (unsigned long)stats.num_gc,
	    (unsigned long)stats.pause_max_ns / 1000, count(kept));
	return count(kept) != (2L << DEPTH) - 1;
}
