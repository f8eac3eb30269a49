/*
 * test_stash_wake.c - every way to wake a goroutine whose stack is stashed, and
 * then all ways at once.
 *
 * Covers STASH-1 to STASH-3.  Links the whole runtime.
 */
#include "gc/gc.h"
#include "kernel/page.h"
#include "kernel/vm.h"
#include "runtime/stack/gstack_trim.h"
#include "runtime/stack/stash.h"
#include "tests/root_once.h"
#include "tests/unit/stashed.h"

enum { N = 48 };

/* ---- every way to wait ---- */

struct triple {
	uint64_t a, b, c;
};
GC_TYPE_NOPTR(triple);

static struct chan     *to[N], *from[N], *never;	/* roots */
static struct sema      permits;
static struct mutex     mutex;
static struct cond      cond;
static struct waitgroup group;
static bool             told;

static bool
is_triple(const struct triple *v, uint64_t a, uint64_t b, uint64_t c)
{
	return v->a == a && v->b == b && v->c == c;
}

/* Receive from to[i], which writes to this goroutine's stack, or send to
 * from[i], which reads from its stack. */
static void
select_some_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i }, in = { 0 };
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = to[i], .value = &in },
		{ .op = SELECT_RECV, .chan = never, .value = &in },
		{ .op = SELECT_SEND, .chan = from[i], .value = &v },
	};

	about_to_park(i);
	if (chan_select(cases, 3) == 0)
		EXPECT(t, is_triple(&in, i + 1, i + 2, i + 3));
	else
		EXPECT(t, is_triple(&in, 0, 0, 0));
	EXPECT(t, is_triple(&v, i, i, i));
}

static void
wait_in_some_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i };

	if (i % 8 == 2 || i % 8 == 3) {
		select_some_way(t, i);
		return;
	}
	about_to_park(i);
	switch (i % 8) {
	case 0:
		EXPECT(t, chan_recv(to[i], &v));
		EXPECT(t, is_triple(&v, i + 1, i + 2, i + 3));
		return;
	case 1:
		chan_send(from[i], &v);
		break;
	case 4:
		sema_acquire(&permits);
		break;
	case 5:
		mutex_lock(&mutex);
		while (!told)
			cond_wait(&cond);
		mutex_unlock(&mutex);
		break;
	case 6:
		wg_wait(&group);
		break;
	default:
		park("a test");
	}
	EXPECT(t, is_triple(&v, i, i, i));
}

static void
wake_in_that_way(struct ktest *t, uint32_t i)
{
	struct triple v = { i + 1, i + 2, i + 3 };

	switch (i % 8) {
	case 0:
	case 2:
		chan_send(to[i], &v);
		break;
	case 1:
	case 3:
		EXPECT(t, chan_recv(from[i], &v));
		EXPECT(t, is_triple(&v, i, i, i));
		break;
	case 4:
		sema_release(&permits);
		break;
	case 5:
		mutex_lock(&mutex);
		told = true;
		mutex_unlock(&mutex);
		cond_broadcast(&cond);
		break;
	case 6:
		if (i == 6)
			wg_done(&group);
		break;
	default:
		ready(parked_g(i));
	}
}

static void
make_channels(void)
{
	ROOT_ONCE(to);
	ROOT_ONCE(from);
	ROOT_ONCE(never);
	gc_store(&never, chan_make(&triple_type, 0));
	for (uint32_t i = 0; i < N; i++) {
		gc_store(&to[i], chan_make(&triple_type, 0));
		gc_store(&from[i], chan_make(&triple_type, 0));
	}
}

KTEST(stash, a_stack_comes_back_for_every_way_to_wake_its_goroutine)
{
	struct crowd crowd;

	make_channels();
	cond_init(&cond, &mutex);
	for (int round = 0; round < 8; round++) {
		told = false;
		wg_add(&group, 1);
		start_parked(&crowd, t, N, wait_in_some_way);
		if (round % 2 == 0)
			stash_them(t, N);
		else
			gc_collect();
		crowd_run(t, N, wake_in_that_way);
		crowd_wait(&crowd);
	}
}

/* ---- beside everything, stashed at every collection ---- */

enum { HOPS = 30, RING = 40 };

static struct chan     *ring[RING];		/* roots */
static ATOMIC(uint32_t) go_on;

static void
collect_until_told(void *done)
{
	/* relaxed: the loop may end some time after the store. */
	while (load_relaxed(&go_on) != 0) {
		gc_collect();
		yield();
	}
	wg_done(done);
}

/* Pass lists around the ring.  Only stacks and channels refer to the lists. */
static void
pass_on(struct ktest *t, uint32_t i)
{
	struct cell *c = i % 4 == 0 ? new_list(i) : NULL;

	for (uint32_t k = 0; k < HOPS; k++) {
		struct cell *in = NULL;
		struct select_case cases[] = {
			{ .op = SELECT_RECV, .chan = ring[i], .value = &in },
			{ .op = SELECT_SEND, .chan = ring[(i + 1) % RING],
			    .value = &c },
		};
		uint32_t n = 0;

		/* A goroutine that has no list can only receive one.  A
		 * goroutine that has a list sends or receives, whichever is
		 * possible first; if it receives, it drops its own list. */
		if (c == NULL)
			cases[1].chan = NULL;
		if (i % 4 != 0 && c == NULL)
			sleep_ns((int64_t)(i % 7) * 10 * NS_PER_US);
		if (chan_try_select(cases, 2) < 0) {
			if (k % 8 == 7)
				c = new_list(i);
			sleep_ns((int64_t)(i % 5) * 20 * NS_PER_US);
			continue;
		}
		if (in != NULL)
			c = in;
		for (struct cell *at = c; at != NULL; at = at->next, n++)
			EXPECT(t, at->number == c->number);
		EXPECT(t, n == 0 || n == LIST_LEN);
	}
}

static void
ping(struct ktest *t, uint32_t i)
{
	struct triple v = { i, i, i };

	for (uint32_t k = 0; k < HOPS; k++) {
		if (i % 2 == 0) {
			chan_send(to[i / 2], &v);
			EXPECT(t, chan_recv(from[i / 2], &v));
			EXPECT(t, is_triple(&v, i + k + 1, i, i));
		} else {
			EXPECT(t, chan_recv(to[i / 2], &v));
			v.a++;
			chan_send(from[i / 2], &v);
		}
	}
}

static void
ping_or_pass(struct ktest *t, uint32_t i)
{
	if (i < N)
		ping(t, i);
	else
		pass_on(t, i - N);
}

static void
at_every_collection(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i),
    uint32_t n)
{
	struct waitgroup done = { 0 };
	uint32_t was = load_relaxed(&gstack_params.stash);
	struct stash_stats before, after;

	make_channels();
	stash_get_stats(&before);
	store_relaxed(&gstack_params.stash, GSTACK_STASH_ALL);
	store_relaxed(&go_on, 1);
	wg_add(&done, 1);
	go(collect_until_told, &done);
	/* Repeat until a collection has stashed a goroutine that was parked. */
	EVENTUALLY(t, (crowd_run(t, n, fn), stash_get_stats(&after),
	    after.total > before.total));
	store_relaxed(&go_on, 0);
	wg_wait(&done);
	store_relaxed(&gstack_params.stash, was);
	vm_check();
	page_check();
}

KTEST(stash, ping_pong_and_select_work_beside_stashing)
{
	ROOT_ONCE(ring);
	for (uint32_t i = 0; i < RING; i++)
		gc_store(&ring[i], chan_make(&gc_ptr_type, 1));
	at_every_collection(t, ping_or_pass, N + RING);
}
