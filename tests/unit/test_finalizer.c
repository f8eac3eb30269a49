/*
 * test_finalizer.c - finalizers and cleanups: when they run, on which objects,
 * how often and in which order.
 *
 * Covers gc/special.c (SPECIAL-1 to SPECIAL-3), gc/attach.c and
 * runtime/collect/finalizer.c.  Links the whole runtime.
 *
 * Stacks are scanned conservatively.  So objects that are to die are made in
 * functions of their own, and the stack below is wiped afterwards.
 */
#include "gc/gc.h"
#include "kernel/syncpoint.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"

enum { N = 32 };

struct thing {
	struct thing *next;
	uint64_t      number;
	uint64_t      more[4];
};
GC_TYPE(thing, next);

static struct thing    *kept[N];	/* a root */
static ATOMIC(uint32_t) ran[N];		/* how many runs, by number */
static ATOMIC(uint32_t) total;		/* all runs together */
static ATOMIC(uint32_t) wrong;		/* how many things were found broken */

static void
setup(void)
{
	ROOT_ONCE(kept);
	for (int i = 0; i < N; i++) {
		gc_store(&kept[i], NULL);
		store_relaxed(&ran[i], 0);
	}
	store_relaxed(&total, 0);
	store_relaxed(&wrong, 0);
}

static uint32_t
times(int i)
{
	/* acquire: pairs with the adds below. */
	return load_acquire(&ran[i]);
}

static void
count(uint64_t number)
{
	/* release: pairs with load_acquire in times, and of total. */
	add_release(&ran[number % N], 1);
	add_release(&total, 1);
}

static NOINLINE struct thing *
new_thing(uint64_t number, struct thing *next)
{
	struct thing *x = gc_new(&thing_type);

	x->number = number;
	x->more[0] = ~number;
	gc_store(&x->next, next);
	return x;
}

static void
inspect(struct thing *x)
{
	for (; x != NULL; x = x->next)
		if (x->more[0] != ~x->number) {
			add_relaxed(&wrong, 1);	/* relaxed: count follows */
			return;
		}
}

static void
finalize(void *obj, void *arg)
{
	struct thing *x = obj;

	inspect(x);
	inspect(arg);
	count(x->number);
}

static void
clean_up(void *arg)
{
	inspect(arg);
	count(((struct thing *)arg)->number);
}

static ATOMIC(uint32_t) heralds;

static void
say(void *unused)
{
	(void)unused;
	/* release: pairs with load_acquire in collect. */
	add_release(&heralds, 1);
}

static void
stir(void *unused)
{
	(void)unused;
}

static NOINLINE void
attach_herald(void (*fn)(void *unused))
{
	gc_add_cleanup(gc_new(&thing_type), fn, NULL);
}

/* Collect until e is true, that is until all that is due has been run.  The
 * goroutine that runs finalizers and cleanups parks with what it had last in
 * its frames, perhaps an object that is to die: so give it another cleanup to
 * run each time. */
#define COLLECT_UNTIL(t, e)                                                  \
	EVENTUALLY(t, ({ wipe_stack(); attach_herald(stir); gc_collect();    \
	    yield(); (e); }))

/* Collect, and wait until the finalizers and cleanups of all objects that were
 * found dead have been run.  All of them have been run when a cleanup of ours,
 * added later, has been run. */
static void
collect(struct ktest *t)
{
	uint32_t before = load_acquire(&heralds);

	wipe_stack();
	gc_collect();
	attach_herald(say);
	COLLECT_UNTIL(t, load_acquire(&heralds) > before);
}

/* ---- finalizers ---- */

static NOINLINE void
make_finalized(void)
{
	for (uint64_t i = 0; i < N; i++)
		gc_set_finalizer(new_thing(i, new_thing(i + 100, NULL)),
		    finalize, new_thing(i + 200, NULL));
}

/* SPECIAL-1 */
KTEST(finalizer, a_finalizer_runs_once_with_object_and_arg_intact)
{
	setup();
	make_finalized();
	COLLECT_UNTIL(t, load_acquire(&total) >= N);
	for (int k = 0; k < 3; k++)
		collect(t);
	for (int i = 0; i < N; i++)
		EXPECT_EQ(t, times(i), 1);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
	gc_check_heap();
}

static NOINLINE void
begin_marking(void)
{
	gc_collect();
	make_finalized();
	wipe_stack();
}

/* Without this rule, which the fault switches off, the objects that the object
 * refers to are freed before its finalizer runs, and are found broken. */
/* SPECIAL-1 */
KTEST(finalizer, all_that_the_object_refers_to_is_kept_for_its_finalizer)
{
	gomaxprocs(1);
	for (int broken = 0; broken < 2; broken++) {
		setup();
		begin_marking();
		fault_set("gc_finalizer_keeps_nothing", broken);
		gc_params.poison = true;
		COLLECT_UNTIL(t, load_acquire(&total) >= N / 2);
		fault_set("gc_finalizer_keeps_nothing", false);
		gc_params.poison = DEBUG;
		COLLECT_UNTIL(t, load_acquire(&total) >= N);
		EXPECT_EQ(t, load_relaxed(&wrong) != 0, broken);
	}
	gomaxprocs(num_hart());
}

static ATOMIC(uint32_t) last_number;

static void
finalize_in_order(void *obj, void *arg)
{
	struct thing *x = obj;

	(void)arg;
	/* relaxed: this goroutine only; count() publishes. */
	if (load_relaxed(&last_number) + 1 != x->number)
		add_relaxed(&wrong, 1);
	store_relaxed(&last_number, (uint32_t)x->number);
	count(x->number);
}

/* Make objects of which 1 refers to 2, 2 refers to 3, and so on. */
static NOINLINE void
make_chain(void)
{
	struct thing *x = NULL;

	for (uint64_t i = 8; i > 0; i--) {
		x = new_thing(i, x);
		gc_set_finalizer(x, finalize_in_order, NULL);
	}
}

/* SPECIAL-3 */
KTEST(finalizer, a_referring_object_is_finalized_before_its_referent)
{
	setup();
	store_relaxed(&last_number, 0);
	make_chain();
	COLLECT_UNTIL(t, load_acquire(&total) >= 8);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
	EXPECT_EQ(t, load_relaxed(&total), 8);
}

static NOINLINE void
make_ring(void)
{
	struct thing *a = new_thing(1, NULL), *b = new_thing(2, a);

	gc_store(&a->next, b);
	gc_set_finalizer(a, finalize, NULL);
	gc_store(&kept[0], a);
}

/* SPECIAL-3 */
KTEST(finalizer, a_ring_of_objects_is_not_finalized_until_it_is_cut)
{
	setup();
	make_ring();
	gc_store(&kept[0], NULL);
	collect(t);
	collect(t);
	EXPECT_EQ(t, load_acquire(&total), 0);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
}

static void
keep_again(void *obj, void *arg)
{
	struct thing *x = obj;

	(void)arg;
	gc_store(&kept[x->number], x);
	count(x->number);
	if (times((int)x->number) < 3)
		gc_set_finalizer(x, keep_again, NULL);
}

static NOINLINE void
make_phoenix(void)
{
	gc_set_finalizer(new_thing(5, new_thing(6, NULL)), keep_again, NULL);
}

KTEST(finalizer, a_finalizer_may_keep_the_object_and_set_another)
{
	setup();
	make_phoenix();
	for (uint32_t k = 1; k <= 3; k++) {
		COLLECT_UNTIL(t, times(5) == k);
		collect(t);
		EXPECT_EQ(t, times(5), k);
		inspect(kept[5]);
		EXPECT(t, kept[5] != NULL && kept[5]->next->number == 6);
		gc_store(&kept[5], NULL);
	}
	collect(t);
	EXPECT_EQ(t, times(5), 3);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
}

static NOINLINE void
make_and_clear(void)
{
	for (uint64_t i = 0; i < N; i++) {
		struct thing *x = new_thing(i, NULL);

		gc_set_finalizer(x, finalize, x->next);
		gc_set_finalizer(x, NULL, NULL);
		gc_set_finalizer(x, NULL, NULL);
		if (i % 2 == 0)
			gc_set_finalizer(x, finalize, NULL);
	}
}

KTEST(finalizer, a_finalizer_can_be_taken_back_and_set_anew)
{
	setup();
	make_and_clear();
	COLLECT_UNTIL(t, load_acquire(&total) >= N / 2);
	collect(t);
	for (int i = 0; i < N; i++)
		EXPECT_EQ(t, times(i), i % 2 == 0);
}

static void
count_arg(void *obj, void *arg)
{
	(void)obj;
	count((uintptr_t)arg);
}

static NOINLINE void
make_large(void)
{
	struct thing *array = gc_new_array(&thing_type, 5000);

	array[0].number = 2;
	array[0].more[0] = ~2UL;
	gc_store(&array[0].next, new_thing(20, NULL));
	gc_store(&array[4000].next, new_thing(3, NULL));
	gc_set_finalizer(array, finalize, array[4000].next);
	gc_set_finalizer(gc_new_bytes(100000), count_arg, (void *)3);
	gc_set_finalizer(gc_new_bytes(24), count_arg, (void *)4);
}

KTEST(finalizer, large_objects_and_bytes_can_have_finalizers)
{
	setup();
	make_large();
	COLLECT_UNTIL(t, load_acquire(&total) >= 3);
	collect(t);
	for (int i = 2; i <= 4; i++)
		EXPECT_EQ(t, times(i), 1);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
	gc_check_heap();
}

/* ---- misuse ---- */

struct attempt {
	void *obj, *arg;
};

static void
try_set(void *arg)
{
	struct attempt *a = arg;

	gc_set_finalizer(a->obj, finalize, a->arg);
}

static void
try_add(void *arg)
{
	struct attempt *a = arg;

	gc_add_cleanup(a->obj, clean_up, a->arg);
}

static void
expect_panic(struct ktest *t, void (*fn)(void *), void *obj, void *arg,
    const char *text)
{
	struct attempt a = { obj, arg };
	struct panic_info why = { .text = "none" };

	EXPECT(t, !try_call(fn, &a, &why));
	EXPECT(t, strcmp(why.text, text) == 0);
}

KTEST(finalizer, misuse_panics_with_the_words_of_go)
{
	struct thing *x = new_thing(1, NULL);
	uint64_t on_stack;

	setup();
	gc_set_finalizer(x, finalize, NULL);
	expect_panic(t, try_set, x, NULL,
	    "runtime.SetFinalizer: finalizer already set");
	gc_set_finalizer(x, NULL, NULL);
	expect_panic(t, try_set, NULL, NULL,
	    "runtime.SetFinalizer: first argument is nil");
	expect_panic(t, try_set, &on_stack, NULL,
	    "runtime.SetFinalizer: pointer not in heap");
	expect_panic(t, try_set, &x->number, NULL, "runtime.SetFinalizer: "
	    "pointer not at beginning of allocated block");
	expect_panic(t, try_add, NULL, NULL, "runtime.AddCleanup: ptr is nil");
	expect_panic(t, try_add, x, x, "runtime.AddCleanup: ptr is equal to "
	    "arg, cleanup will never run");
	expect_panic(t, try_add, x, &x->number, "runtime.AddCleanup: arg is in "
	    "the object of ptr, cleanup will never run");
	expect_panic(t, try_add, &on_stack, NULL,
	    "runtime.AddCleanup: ptr not in allocated block");
	gc_keep_alive(x);
}

/* ---- cleanups ---- */

static struct waitgroup made;

static NOINLINE void
make_with_cleanups(struct gc_cleanup *stopped)
{
	struct thing *x = new_thing(99, NULL);

	gc_store(&kept[0], x);
	for (uint64_t i = 0; i < N; i++) {
		/* An address inside the object will do as well. */
		stopped[i] = gc_add_cleanup(i % 3 == 0 ? (void *)x :
		    &x->more[i % 3], clean_up, new_thing(i, NULL));
	}
	for (int i = 0; i < N; i += 2) {
		gc_cleanup_stop(stopped[i]);
		gc_cleanup_stop(stopped[i]);
	}
}

/* Make the object on a stack of its own, so that no word of the object is found
 * on a stack afterwards. */
static void
make_and_end(void *stopped)
{
	make_with_cleanups(stopped);
	wg_done(&made);
}

static void
make_elsewhere(struct gc_cleanup *stopped)
{
	wg_add(&made, 1);
	go(make_and_end, stopped);
	wg_wait(&made);
}

KTEST(cleanup, each_of_many_cleanups_runs_once_when_the_object_is_gone)
{
	static struct gc_cleanup c[N], again[N];

	setup();
	make_elsewhere(c);
	collect(t);
	EXPECT_EQ(t, load_acquire(&total), 0);
	gc_store(&kept[0], NULL);
	COLLECT_UNTIL(t, load_acquire(&total) >= N / 2);
	/* Stopping these is too late: by now their records belong to other
	 * cleanups. */
	make_elsewhere(again);
	for (int i = 0; i < N; i++)
		gc_cleanup_stop(c[i]);
	gc_store(&kept[0], NULL);
	COLLECT_UNTIL(t, load_acquire(&total) >= N);
	collect(t);
	for (int i = 0; i < N; i++)
		EXPECT_EQ(t, times(i), i % 2 == 0 ? 0 : 2);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
	gc_check_heap();
}

enum { MANY = 200000, STRIDE = 7919 };	/* STRIDE is prime */

static struct gc_cleanup *crowd;	/* a root; its object has no pointers */

static void
count_only(void *unused)
{
	(void)unused;
	/* release: pairs with load_acquire of total. */
	add_release(&total, 1);
}

/* Attach MANY cleanups to one object, and take half of them back, in an order
 * that jumps about. */
static NOINLINE void
make_crowd(void *unused)
{
	struct thing *x = new_thing(1, NULL);

	(void)unused;
	gc_store(&crowd, gc_new_bytes(MANY * sizeof(crowd[0])));
	for (uint64_t i = 0; i < MANY; i++)
		crowd[i] = gc_add_cleanup(x, count_only, NULL);
	for (uint64_t i = 0; i < MANY; i++)
		if (i % 2 == 0)
			gc_cleanup_stop(crowd[i * STRIDE % MANY]);
	gc_keep_alive(x);
	gc_store(&crowd, NULL);
	wg_done(&made);
}

/* This took minutes when attaching a cleanup, or taking it back, still walked
 * over all cleanups of the object. */
KTEST(cleanup, two_hundred_thousand_of_one_object_cost_no_more_each)
{
	setup();
	ROOT_ONCE(crowd);
	wg_add(&made, 1);
	go(make_crowd, NULL);
	wg_wait(&made);
	COLLECT_UNTIL(t, load_acquire(&total) >= MANY / 2);
	collect(t);
	EXPECT_EQ(t, load_acquire(&total), MANY / 2);
	gc_check_heap();
}

static NOINLINE void
make_both(void)
{
	struct thing *x = new_thing(5, NULL);

	gc_add_cleanup(x, clean_up, new_thing(6, NULL));
	gc_set_finalizer(x, keep_again, NULL);
}

/* SPECIAL-2 */
KTEST(cleanup, a_cleanup_waits_until_the_finalizer_lets_the_object_go)
{
	setup();
	make_both();
	for (uint32_t k = 1; k <= 3; k++) {
		COLLECT_UNTIL(t, times(5) == k);
		collect(t);
		EXPECT_EQ(t, times(6), 0);
		gc_store(&kept[5], NULL);
	}
	COLLECT_UNTIL(t, times(6) == 1);
	EXPECT_EQ(t, times(5), 3);
}

/* ---- the goroutine ---- */

static void
leave(void *arg)
{
	count((uintptr_t)arg);
	goexit();
}

static NOINLINE void
make_leavers(void)
{
	for (uintptr_t i = 0; i < 8; i++)
		gc_add_cleanup(gc_new(&thing_type), leave, (void *)i);
}

KTEST(cleanup, a_cleanup_that_calls_goexit_does_not_stop_the_others)
{
	uint64_t before = num_goroutine();

	setup();
	make_leavers();
	COLLECT_UNTIL(t, load_acquire(&total) == 8);
	collect(t);
	EXPECT_EQ(t, num_goroutine(), before);
}

/* A cleanup after which the hart is wanted, as it is at the end of a slice. */
static void
count_and_want(void *unused)
{
	(void)unused;
	/* relaxed: an interrupt on this hart does the same. */
	or_relaxed(&this_p()->attention, ATTN_TICK);
	/* release: pairs with load_acquire of total. */
	add_release(&total, 1);
}

static NOINLINE void
make_wanting(void)
{
	for (int i = 0; i < N; i++)
		gc_add_cleanup(gc_new(&thing_type), count_and_want, NULL);
}

KTEST(cleanup, runner_gives_way_between_two_when_its_hart_is_wanted)
{
	uint32_t seen;

	setup();
	gomaxprocs(1);
	make_wanting();
	COLLECT_UNTIL(t, (seen = load_acquire(&total)) > 0);
	EXPECT(t, seen < N / 2);
	COLLECT_UNTIL(t, load_acquire(&total) >= N - 1);
	gomaxprocs(num_hart());
	collect(t);
}

/* HELD: of so many objects, stale words on other stacks may keep a few for a
 * long time. */
enum { EACH = 2000, MAKERS = 6, HELD = 8 };

/* Make objects of which a quarter each has a finalizer, a cleanup, a finalizer
 * that is taken back, and a cleanup that is taken back. */
static void
make_many(struct ktest *t, uint32_t who)
{
	(void)t;
	for (uint32_t i = 0; i < EACH; i++) {
		struct thing *x = new_thing(who, NULL);
		struct gc_cleanup c;

		switch (i % 4) {
		case 0:
			gc_set_finalizer(x, finalize, NULL);
			break;
		case 1:
			gc_add_cleanup(x, clean_up, new_thing(who, NULL));
			break;
		case 2:
			gc_set_finalizer(x, finalize, NULL);
			gc_set_finalizer(x, NULL, NULL);
			break;
		default:
			c = gc_add_cleanup(x, clean_up, new_thing(who, NULL));
			if (i % 128 == 3)
				yield();
			gc_cleanup_stop(c);
			gc_keep_alive(x);
		}
	}
}

static ATOMIC(uint32_t) making;

static void
make_or_collect(struct ktest *t, uint32_t who)
{
	if (who < MAKERS) {
		make_many(t, who);
		add_relaxed(&making, -1U);	/* relaxed: a poll */
		return;
	}
	while (load_relaxed(&making) != 0)
		gc_collect();
}

KTEST(finalizer, thousands_of_finalizers_beside_collections_run_once_each)
{
	setup();
	store_relaxed(&making, MAKERS);
	crowd_run(t, MAKERS + 1, make_or_collect);
	COLLECT_UNTIL(t, load_acquire(&total) >= MAKERS * EACH / 2 - HELD);
	collect(t);
	for (int i = 0; i < MAKERS; i++)
		EXPECT(t, times(i) <= EACH / 2 && times(i) >= EACH / 2 - HELD);
	EXPECT_EQ(t, load_relaxed(&wrong), 0);
	gc_check_heap();
}
