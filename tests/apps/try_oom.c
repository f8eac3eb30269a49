/*
 * try_oom.c - the same as oom.c with gc_try_new, which says NULL instead, and
 * afterwards the memory can be used again.
 */
#include "antler.h"

struct node {
	struct node *next;
	char         filling[2040];
};
GC_TYPE(node, next);

static struct node *list;

static long
fill(void)
{
	struct node *n;
	long         count = 0;

	for (; (n = gc_try_new(&node_type)) != NULL; count++) {
		gc_store(&n->next, list);
		gc_store(&list, n);
	}
	return count;
}

int
main(void)
{
	long first, second;

	gc_root(list);
	first = fill();
	gc_store(&list, NULL);
	gc_collect();
	second = fill();
	print("full twice: %s\n", first > 1000 && second > first / 2 ?
	    "yes" : "no");
	return 0;
}
