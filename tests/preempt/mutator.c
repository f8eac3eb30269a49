/*
 * mutator.c - see mutator.h.  The work is that of the Go program which the
 * heartbeat is measured against.
 */
#include "tests/preempt/mutator.h"

#include "include/antler.h"
#include "tests/root_once.h"

enum { LISTS = 1 << 15 };

struct node {
	struct node *next;
	struct node *other;
	uint64_t     pay[6];
};
GC_TYPE(node, next, other);

static struct node **heads;

static struct node *
new_node(struct node *next, struct node *other)
{
	struct node *n = gc_new(&node_type);

	gc_store(&n->next, next);
	gc_store(&n->other, other);
	return n;
}

void
mutator_build(uint64_t nnodes)
{
	struct node *prev = NULL;

	ROOT_ONCE(heads);
	gc_store(&heads, gc_new_array(&gc_ptr_type, LISTS));
	for (uint64_t j = 0; j < nnodes; j++) {
		struct node **head = &heads[j % LISTS];

		gc_store(head, new_node(*head, prev));
		if (j / LISTS % 7 == 0)
			prev = *head;
	}
}

void
mutator_run(uint64_t n, bool alloc)
{
	uint64_t x = 88172645463325252;

	for (uint64_t i = 0; i < n; i++) {
		struct node **head;
		struct node  *first;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		head = &heads[x % LISTS];
		first = *head;
		if (first == NULL)
			continue;
		if (alloc) {	/* the live heap stays the same */
			first = new_node(first->next, first->other);
			gc_store(head, first);
		}
		first->pay[0] = x;
	}
}

void
mutator_drop(void)
{
	gc_store(&heads, NULL);
}
