/*
 * why.c - a program that asks who holds its objects.
 */
#include "antler.h"

struct entry {
	struct entry *older;
	char         *text;
	long          hits;
};
GC_TYPE(entry, older, text);

static struct entry *cache;
static long          hidden;	/* the complement of a pointer */

static void
fill(void *unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++) {
		struct entry *e = gc_new(&entry_type);

		gc_store(&e->text, (char *)gc_new_bytes(100));
		gc_store(&e->older, cache);
		gc_store(&cache, e);
		if (i == 0)
			hidden = ~(long)e->text;
	}
}

int
main(void)
{
	struct waitgroup done = { 0 };

	gc_root(cache);
	wg_go(&done, fill, NULL);	/* no pointer is left on our stack */
	wg_wait(&done);
	gc_why((void *)~hidden);
	gc_store(&cache, NULL);
	gc_why((void *)~hidden);
	gc_why(&cache);
	gc_why((void *)12345);
	return 0;
}
