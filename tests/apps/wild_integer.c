/*
 * wild_integer.c - pointers kept as integers, in bytes and in a number.
 */
#include <stdint.h>

#include "antler.h"

struct node {
	struct node *next;
	uint64_t     parent;		/* really a struct node * */
};
GC_TYPE(node, next);

static struct node *kept;
static uint64_t    *bytes;
static struct weak  weak;

static void
make(void *unused)
{
	(void)unused;
	gc_store(&weak.handle_, weak_make(gc_new_bytes(64)).handle_);
	gc_store(&bytes, gc_new_bytes(48));
	bytes[2] = (uintptr_t)gc_new(&node_type);
	gc_store(&kept, gc_new(&node_type));
	kept->parent = (uintptr_t)gc_new_array(&node_type, 5);
}

int
main(void)
{
	struct waitgroup done = { 0 };

	gc_root(kept);
	gc_root(bytes);
	gc_root(weak);
	wg_go(&done, make, NULL);	/* no pointer is left on our stack */
	wg_wait(&done);
	gc_collect();
	print("the end\n");
	return 0;
}
