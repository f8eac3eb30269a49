/*
 * test_rwmutex.c - many readers or one writer.
 *
 * Covers rwmutex.c (RW-1 to RW-3).  Links the whole runtime.
 */
#include "tests/unit/adversary.h"
#include "tests/unit/crowd.h"

enum { NREAD = 8, USERS = 20, USES = 100 };

static struct rwmutex     rw;
static ATOMIC(uint32_t)   inside; /* readers, and WRITER for each writer */
static ATOMIC(uint32_t)   may_leave;
static ATOMIC(struct g *) waiter;
static ATOMIC(uint32_t)   got;

enum { WRITER = 10000 };

/* Hold the read lock until may_leave is set. */
static void
read_and_stay(struct ktest *t, uint32_t i)
{
	(void)i;
	store_release(&waiter, self());
	rw_rlock(&rw);
	add_release(&inside, 1);
	EVENTUALLY(t, load_acquire(&may_leave) == 1);
	add_relaxed(&inside, (uint32_t)-1);
	rw_runlock(&rw);
}

static void
write_once(struct ktest *t, uint32_t i)
{
	(void)i;
	store_release(&waiter, self());
	rw_lock(&rw);
	EXPECT_EQ(t, load_acquire(&inside), 0);
	add_release(&got, 1);
	rw_unlock(&rw);
}

static void
reset(void)
{
	store_relaxed(&inside, 0);
	store_relaxed(&may_leave, 0);
	store_relaxed(&got, 0);
	rw = (struct rwmutex){ 0 };
}

static void
park_one(struct ktest *t, struct crowd *crowd)
{
	store_relaxed(&waiter, NULL);
	crowd_go(crowd);
	EVENTUALLY(t, load_acquire(&waiter) != NULL &&
	    is_parked(load_acquire(&waiter)));
}

static void
expect_free(struct ktest *t)
{
	EXPECT(t, rw_trylock(&rw));
	rw_unlock(&rw);
	EXPECT_EQ(t, rw.readers_, 0);
	EXPECT_EQ(t, rw.leaving_, 0);
	EXPECT_EQ(t, rw.read_.word_, 0);
	EXPECT_EQ(t, rw.write_.word_, 0);
	EXPECT_EQ(t, rw.writers_.word_, 0);
}

KTEST(rwmutex, readers_read_together)
{
	struct crowd crowd;

	reset();
	crowd_init(&crowd, t, read_and_stay);
	for (int i = 0; i < NREAD; i++)
		crowd_go(&crowd);
	EVENTUALLY(t, load_acquire(&inside) == NREAD);
	store_release(&may_leave, 1);
	crowd_wait(&crowd);
	expect_free(t);
}

KTEST(rwmutex, a_writer_waits_for_readers_and_keeps_later_ones_out)
{
	struct crowd early, late, writer;

	reset();
	crowd_init(&early, t, read_and_stay);
	crowd_init(&late, t, read_and_stay);
	crowd_init(&writer, t, write_once);
	for (int i = 0; i < NREAD; i++)
		crowd_go(&early);
	EVENTUALLY(t, load_acquire(&inside) == NREAD);
	park_one(t, &writer);
	EXPECT(t, !rw_tryrlock(&rw));
	for (int i = 0; i < NREAD; i++)
		park_one(t, &late);
	EXPECT_EQ(t, load_acquire(&inside), NREAD);
	EXPECT_EQ(t, load_acquire(&got), 0);
	store_release(&may_leave, 1);
	crowd_wait(&early);
	crowd_wait(&writer);
	crowd_wait(&late);
	EXPECT_EQ(t, load_acquire(&got), 1);
	expect_free(t);
}

KTEST(rwmutex, readers_that_have_waited_go_before_the_next_writer)
{
	struct crowd readers, writer;

	reset();
	crowd_init(&readers, t, read_and_stay);
	crowd_init(&writer, t, write_once);
	rw_lock(&rw);
	for (int i = 0; i < NREAD; i++)
		park_one(t, &readers);
	park_one(t, &writer);
	rw_unlock(&rw);
	EVENTUALLY(t, load_acquire(&inside) == NREAD);
	EXPECT_EQ(t, load_acquire(&got), 0);
	store_release(&may_leave, 1);
	crowd_wait(&readers);
	crowd_wait(&writer);
	expect_free(t);
}

KTEST(rwmutex, try_forms_never_wait_and_never_lie)
{
	reset();
	EXPECT(t, rw_trylock(&rw));
	EXPECT(t, !rw_trylock(&rw));
	EXPECT(t, !rw_tryrlock(&rw));
	rw_unlock(&rw);
	EXPECT(t, rw_tryrlock(&rw));
	EXPECT(t, rw_tryrlock(&rw));
	EXPECT(t, !rw_trylock(&rw));
	rw_runlock(&rw);
	EXPECT(t, !rw_trylock(&rw));
	rw_runlock(&rw);
	expect_free(t);
}

/* As Go's HammerRWMutex does, lock and unlock in many ways, and check by a
 * count that a writer is alone inside and that readers are beside readers
 * only. */
static void
hammer(struct ktest *t, uint32_t i)
{
	for (uint32_t k = 0; k < USES; k++) {
		bool writes = (i + k) % 10 == 0;
		uint32_t n;

		if (writes) {
			if (k % 3 != 0 || !rw_trylock(&rw))
				rw_lock(&rw);
			n = add_relaxed(&inside, WRITER) + WRITER;
			EXPECT_EQ(t, n, WRITER);
		} else {
			if (k % 3 != 0 || !rw_tryrlock(&rw))
				rw_rlock(&rw);
			n = add_relaxed(&inside, 1) + 1;
			EXPECT(t, n >= 1 && n < WRITER);
		}
		if (k % 4 == 0)
			yield();
		add_relaxed(&inside, writes ? -(uint32_t)WRITER : -1u);
		if (writes)
			rw_unlock(&rw);
		else
			rw_runlock(&rw);
	}
}

KTEST(rwmutex, a_writer_excludes_readers_beside_resizes_and_collections)
{
	struct adversary a;

	reset();
	adversary_start(&a, t, ADVERSARY_ALL);
	crowd_run(t, USERS, hammer);
	adversary_stop(&a);
	expect_free(t);
}
