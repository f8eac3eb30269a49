/*
 * trees.c - see trees.h.
 */
#include "tests/preempt/trees.h"

#include "include/antler.h"

struct tree {
	struct tree *left, *right;
};
GC_TYPE(tree, left, right);

enum { DEPTH_MIN = 4 };

/* Field key: [o] before the goroutines start	[i] element i by one of them */
static struct {
	int              depth;		/* [o] */
	uint64_t         counts[TREES_DEPTH_MAX + 1];	/* [i] */
	struct waitgroup done;
} trees;

static struct tree *
tree_of(int depth)
{
	struct tree *left = NULL, *right = NULL, *t;

	if (depth > 0) {
		left = tree_of(depth - 1);
		right = tree_of(depth - 1);
	}
	t = gc_new(&tree_type);
	if (depth > 0) {
		gc_store(&t->left, left);
		gc_store(&t->right, right);
	}
	return t;
}

static uint64_t
count(const struct tree *t)
{
	if (t->left == NULL)
		return 1;
	return 1 + count(t->left) + count(t->right);
}

/* Returns how many trees of depth d there are. */
static uint64_t
number_of(int d, int depth)
{
	return 1ULL << (depth - d + DEPTH_MIN);
}

static void
trees_of(void *arg)
{
	int      d = (int)(uintptr_t)arg;
	uint64_t n = number_of(d, trees.depth), sum = 0;

	for (uint64_t i = 0; i < n; i++)
		sum += count(tree_of(d));
	trees.counts[d] = sum;
	wg_done(&trees.done);
}

uint64_t
trees_run(int depth)
{
	uint64_t     total = count(tree_of(depth + 1));
	struct tree *lasting = tree_of(depth);

	trees.depth = depth;
	for (int d = DEPTH_MIN; d <= depth; d += 2) {
		wg_add(&trees.done, 1);
		go(trees_of, (void *)(uintptr_t)d);
	}
	wg_wait(&trees.done);
	for (int d = DEPTH_MIN; d <= depth; d += 2)
		total += trees.counts[d];
	return total + count(lasting);
}

/* A tree of depth d has 2^(d + 1) - 1 nodes. */
uint64_t
trees_right(int depth)
{
	uint64_t total = (4ULL << depth) - 1 + (2ULL << depth) - 1;

	for (int d = DEPTH_MIN; d <= depth; d += 2)
		total += number_of(d, depth) * ((2ULL << d) - 1);
	return total;
}
