/*
 * wild_global.c - a global that leads to an object and is no root.
 */
#include "antler.h"

struct node {
	struct node *next;
	long         key;
};
GC_TYPE(node, next);

static struct node *kept;
static struct node *forgotten[4];	/* no root */

static void
make(void *unused)
{
	(void)unused;
	gc_store(&kept, gc_new(&node_type));
	for (int i = 0; i < 3; i++)
		gc_store(&forgotten[i], gc_new(&node_type));
	forgotten[3] = kept;
}

int
main(void)
{
	struct waitgroup done = { 0 };

	gc_root(kept);
	wg_go(&done, make, NULL);	/* no pointer is left on our stack */
	wg_wait(&done);
	gc_collect();
	gc_collect();
	print("the end\n");
	return 0;
}
