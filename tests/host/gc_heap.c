/*
 * gc_heap.c - allocation on the host, and requests that are refused.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gc/heap.h"
#include "gc/local.h"
#include "kernel/page.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_pages.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

/* ---- allocation ---- */

KTEST(gc_heap, objects_are_zero_aligned_and_apart)
{
	enum { N = 4000 };
	static char *at[N];
	static size_t size[N];
	struct mutator m;

	world_enter(&m);
	gc_set_percent(-1);		/* at[] is no root */
	for (int i = 0; i < N; i++) {
		size[i] = 1 + rand_below(&t->rand, i % 50 == 0 ? 100000 : 700);
		at[i] = gc_new_bytes(size[i]);
		EXPECT(t, (uintptr_t)at[i] % (size[i] > 8 ? 16 : 8) == 0);
		for (size_t k = 0; k < size[i]; k++)
			if (!EXPECT(t, at[i][k] == 0))
				break;
		memset(at[i], i, size[i]);
	}
	for (int i = 0; i < N; i++)
		for (size_t k = 0; k < size[i]; k++)
			if (!EXPECT(t, at[i][k] == (char)i))
				break;
	gc_set_percent(100);
	gc_check_heap();
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, an_empty_array_is_an_address_outside_the_heap)
{
	struct mutator m;
	struct gc_object o;

	world_enter(&m);
	EXPECT(t, gc_new_array(&gc_ptr_type, 0) != NULL);
	EXPECT(t, gc_new_bytes(0) == gc_new_array(&gc_ptr_type, 0));
	EXPECT(t, !gc_find_object(gc_new_bytes(0), &o));
	world_leave(&m);
}

KTEST(gc_heap, types_that_share_a_run_keep_their_own_maps)	/* SPAN-7 */
{
	struct other { long key[7]; void *last; };
	GC_TYPE(other, last);
	enum { N = 3000 };
	struct mutator m;
	void **all;

	world_enter(&m);
	all = gc_new_array(&gc_ptr_type, N);
	m.roots[0] = (uintptr_t)all;
	for (int i = 0; i < N; i++) {
		struct node *n = NULL;
		struct other *o = NULL;

		if (rand_below(&t->rand, 2))
			n = gc_new(&node_type);
		else
			o = gc_new(&other_type);
		gc_store(&all[i], n != NULL ? (void *)n : (void *)o);
		/* Store a pointer where only the object's own type has one, and
		 * an address where neither type has a pointer. */
		if (n != NULL) {
			gc_store(&n->left, gc_new(&pair_type));
			n->key[0] = (long)gc_new(&pair_type);
		} else {
			gc_store(&o->last, gc_new(&pair_type));
			o->key[3] = (long)gc_new(&pair_type);
		}
	}
	gc_collect();
	EXPECT_EQ(t, objects(), 1 + 2 * N);
	gc_check_heap();
	m.roots[0] = 0;
	gc_collect();
	EXPECT_EQ(t, objects(), 0);
	world_leave(&m);
}

KTEST(gc_heap, statistics_are_exact_for_this_p)
{
	struct gc_stats a, b;
	struct mutator m;

	world_enter(&m);
	gc_collect();
	gc_read_stats(&a);
	for (int i = 0; i < 1000; i++)
		gc_new(&node_type);
	gc_new_bytes(100000);
	gc_read_stats(&b);
	EXPECT_EQ(t, b.mallocs - a.mallocs, 1001);
	EXPECT_EQ(t, b.total_alloc - a.total_alloc, 64 * 1000 + 25 * 4096);
	EXPECT_EQ(t, b.heap_alloc - a.heap_alloc, 64 * 1000 + 25 * 4096);
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.frees - a.frees, 1001);
	EXPECT_EQ(t, b.heap_alloc, a.heap_alloc);
	EXPECT_EQ(t, b.heap_live, 0);
	m.roots[0] = (uintptr_t)gc_new(&node_type);
	gc_store((void **)m.roots[0], gc_new_bytes(40000));
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.heap_live, 64 + 10 * 4096);
	EXPECT_EQ(t, b.heap_alloc, a.heap_alloc + 64 + 10 * 4096);
	m.roots[0] = 0;
	gc_collect();
	gc_read_stats(&b);
	EXPECT_EQ(t, b.num_gc, a.num_gc + 3);
	world_leave(&m);
}

/* ---- what is refused ---- */

/* Run fn in a child process, which must panic and print text. */
static void
expect_panic(struct ktest *t, void (*fn)(void), const char *text)
{
	char    said[4096] = "";
	int     fds[2], status;
	size_t  len = 0;
	ssize_t n;
	pid_t   child;

	world_quiet();
	if (pipe(fds) != 0 || (child = fork()) < 0) {
		ktest_fail(t, __FILE__, __LINE__, "no fork");
		return;
	}
	if (child == 0) {
		dup2(fds[1], 2);
		dup2(fds[1], 1);
		/* fork has not copied the collector's threads. */
		gc_params.stop_world = true;
		world_helpers = 0;
		fn();
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof(said) - 1 &&
	    (n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(fds[0]);
	waitpid(child, &status, 0);
	EXPECT(t, !WIFEXITED(status) || WEXITSTATUS(status) != 0);
	if (strstr(said, text) == NULL)
		ktest_fail(t, __FILE__, __LINE__, "no '%s' in '%.200s'", text,
		    said);
}

static void
new_too_large(void)
{
	gc_new_bytes(GC_BYTES_MAX + 1);
}

static void
new_with_too_much_ptrdata(void)
{
	static const struct gc_type type = { .size = 16, .ptrdata = 24,
		.gcdata = (const uint8_t *)"\7", .string = "overfull" };

	gc_new(&type);
}

static void
new_array_that_overflows(void)
{
	gc_new_array(&node_type, SIZE_MAX / 8);
}

static void
run_out(void)
{
	gc_pages_budget(0);
	gc_new_bytes(1 << 20);
}

static void
write_beyond(void)
{
	struct pair *p = gc_new(&pair_type);

	p[1].n = 7;		/* into a slot that nothing uses yet */
	gc_check_heap();
}

KTEST(gc_heap, bad_requests_end_with_a_message_that_names_them)
{
	struct mutator m;

	world_enter(&m);
	expect_panic(t, new_too_large, "makeslice: len out of range");
	expect_panic(t, new_with_too_much_ptrdata, "type overfull");
	expect_panic(t, new_array_that_overflows, "x node of 64 bytes");
	expect_panic(t, run_out, "out of memory");
	expect_panic(t, write_beyond, "RUN-3");
	world_leave(&m);
}
