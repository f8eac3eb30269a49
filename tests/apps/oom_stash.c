/*
 * oom_stash.c - goroutines park, their stacks are stashed, the heap takes all
 * memory, and the goroutines want their stacks back.  More than there is: a
 * clear end, not a hang.
 */
#include "antler.h"

enum { N = 8000 };

struct block {
	struct block *next;
	char          data[100000];
};
GC_TYPE(block, next);

static struct waitgroup up, release, down;
static struct block    *list;

static void
wait(void *unused)
{
	(void)unused;
	wg_done(&up);
	wg_wait(&release);
	wg_done(&down);
}

int
main(void)
{
	struct block *b;
	unsigned n = 0;

	gc_root(list);
	wg_add(&up, N);
	wg_add(&down, N);
	wg_add(&release, 1);
	for (int i = 0; i < N; i++)
		go(wait, NULL);
	wg_wait(&up);
	while ((b = gc_try_new(&block_type)) != NULL) {
		gc_store(&b->next, list);
		gc_store(&list, b);
		n++;
	}
	print("%u blocks\n", n);
	wg_done(&release);
	wg_wait(&down);
	print("all are back\n");
	return 0;
}
