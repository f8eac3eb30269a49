/*
 * treiber_aba.c - Treiber's stack with nodes that are used again.  A pop has
 * read which node is below the top; then two other pops and a push overtake it.
 * After them the top is the same node, but another node is below it (ABA).
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

enum { NODES = 3 };

static struct node {
	struct atomic32 next;		/* index + 1 of a node, 0: none */
	struct atomic32 owners;		/* goroutines that have popped it */
} nodes[NODES];
static struct atomic32 top;
static struct waitgroup all;

static void
push(uint32_t node)
{
	uint32_t old;

	do {
		old = atomic32_load(&top);
		atomic32_store(&nodes[node - 1].next, old);
	} while (!atomic32_cas(&top, old, node));
}

static uint32_t
pop(void)
{
	uint32_t old, next;

	do {
		old = atomic32_load(&top);
		if (old == 0)
			return 0;
		next = atomic32_load(&nodes[old - 1].next);
	} while (!atomic32_cas(&top, old, next));
	return old;
}

static uint32_t
take(void)
{
	uint32_t node = pop();

	if (node != 0)
		explore_assert(atomic32_add(&nodes[node - 1].owners, 1) == 1);
	return node;
}

static void
give_back(uint32_t node)
{
	if (node == 0)
		return;
	atomic32_add(&nodes[node - 1].owners, (uint32_t)-1);
	push(node);
}

static void
take_one(void *unused)
{
	(void)unused;
	(void)take();
	(void)take();
}

static void
take_two_and_give_one(void *unused)
{
	uint32_t first = take();

	(void)unused;
	(void)take();
	give_back(first);
}

int
main(void)
{
	for (uint32_t i = NODES; i > 0; i--)
		push(i);
	wg_go(&all, take_one, NULL);
	wg_go(&all, take_two_and_give_one, NULL);
	wg_wait(&all);
	return 0;
}
