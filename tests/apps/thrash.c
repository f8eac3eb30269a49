/*
 * thrash.c - a ring of objects that takes up all memory there is, each of them
 * replaced again and again: every new object needs a collection to find the one
 * it replaces.  That must end in words, not in a crawl.
 */
#include "antler.h"

struct item {
	struct item *self;
	char         filling[4088];
};
GC_TYPE(item, self);

static struct item **ring;

int
main(void)
{
	long n = 0;

	gc_root(ring);
	gc_store(&ring, gc_new_array(&gc_ptr_type, 100000));
	for (; n < 100000; n++) {
		struct item *item = gc_try_new(&item_type);

		if (item == NULL)
			break;
		gc_store(&ring[n], item);
	}
	print("the ring is full: %s\n", n < 100000 ? "yes" : "no");
	for (long i = 0;; i++) {
		gc_store(&ring[i % n], NULL);
		gc_store(&ring[i % n], gc_new(&item_type));
	}
}
