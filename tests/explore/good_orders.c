/*
 * good_orders.c - plain memory that is handed from goroutine to goroutine in
 * every way by which one goroutine can come after another.
 *
 *	expect: nothing
 */
#include "antler.h"

static long value, shared_value, turn_value;
static struct mutex lock;
static struct rwmutex shared;
static struct sema permits;
static struct once once;
static struct cond changed;
static struct chan *unbuffered, *buffered, *turn;
static struct g *sleeper;
static struct atomic32 flag;
static struct waitgroup all;

static void
first(void *unused)
{
	int64_t token = 1;

	(void)unused;
	value++;			/* after go */
	sleeper = self();
	chan_send(unbuffered, &token);
	chan_recv(unbuffered, &token);
	value++;			/* after a receive */
	chan_send(buffered, &token);
	sema_acquire(&permits);
	value++;
	park("good_orders");
	value++;			/* after ready */
	mutex_lock(&lock);
	value++;
	atomic32_store(&flag, 1);
	cond_signal(&changed);
	mutex_unlock(&lock);
}

static void
set_up(void *unused)
{
	(void)unused;
	shared_value = turn_value = 1;
}

static void
in_turn(void *unused)
{
	int64_t token = 0;

	(void)unused;
	once_do(&once, set_up, NULL);
	chan_send(turn, &token);	/* turn has room for one: a lock */
	turn_value++;
	chan_recv(turn, &token);
	rw_lock(&shared);
	shared_value++;
	rw_unlock(&shared);
	rw_rlock(&shared);
	explore_assert(shared_value > 1);
	rw_runlock(&shared);
}

static void
ring(void *signal)
{
	value++;			/* after after_func */
	chan_close(signal);
}

int
main(void)
{
	int64_t token = 0;
	struct chan *signal;

	unbuffered = chan_make(&gc_int_type, 0);
	buffered = chan_make(&gc_int_type, 3);
	turn = chan_make(&gc_int_type, 1);
	signal = chan_make(&gc_empty_type, 0);
	cond_init(&changed, &lock);
	value = 1;
	go(first, NULL);
	chan_recv(unbuffered, &token);
	value++;
	chan_send(unbuffered, &token);
	chan_recv(buffered, &token);
	value++;
	wg_go(&all, in_turn, NULL);
	wg_go(&all, in_turn, NULL);
	sema_release(&permits);
	ready(sleeper);
	mutex_lock(&lock);
	while (atomic32_load(&flag) == 0)
		cond_wait(&changed);
	mutex_unlock(&lock);
	value++;
	wg_wait(&all);
	explore_assert(shared_value + turn_value == 6);
	after_func(1000, ring, signal);
	chan_recv(signal, NULL);	/* after a close */
	value++;
	return 0;
}
