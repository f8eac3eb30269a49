/*
 * oom.c - a list that only grows: the heap runs full.
 */
#include "antler.h"

struct node {
	struct node *next;
	char         filling[2040];
};
GC_TYPE(node, next);

static struct node *list;

int
main(void)
{
	gc_root(list);
	for (;;) {
		struct node *n = gc_new(&node_type);

		gc_store(&n->next, list);
		gc_store(&list, n);
	}
}
