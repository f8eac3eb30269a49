/*
 * bench_select.c - select.  Select4 does the same work as in the Go program
 * that it is measured against.  The others do it with channels of other kinds,
 * or are selects that find a ready case at once or have a default.
 */
#include "tests/bench/bench.h"
#include "tests/bench/sender.h"

enum { NCASES = 4, ROOM = 16 };

/* cases[i] receives from the channel chans[i] into *value. */
static void
fill_recv(struct select_case *cases, struct chan *const *chans, int n,
    void *value)
{
	for (int i = 0; i < n; i++)
		cases[i] = (struct select_case){ .op = SELECT_RECV,
			.chan = chans[i], .value = value };
}

static void
make_chans(struct chan **chans, const struct gc_type *type, size_t cap)
{
	for (int i = 0; i < NCASES; i++)
		chans[i] = chan_make(type, cap);
}

/* ---- one goroutine selects over four senders; an op is a receive ---- */

/* Send pointers to an object that the sender has made. */
static void
send_pointers(void *arg)
{
	struct sender *s = arg;
	struct chan *c = s->c;
	void *p = gc_new_bytes(64);

	for (int64_t i = 0, n = s->n; i < n; i++)
		chan_send(c, &p);
}

static bool
select_4(int64_t n, const struct gc_type *type, size_t cap,
    void (*send)(void *))
{
	struct chan *chans[NCASES];
	struct select_case cases[NCASES];
	struct sender s[NCASES];
	int64_t v, sum = 0;

	make_chans(chans, type, cap);
	for (int i = 0; i < NCASES; i++) {
		s[i] = (struct sender){ chans[i], n / NCASES };
		go(send, &s[i]);
	}
	fill_recv(cases, chans, NCASES, &v);
	for (int64_t i = 0; i < n / NCASES * NCASES; i++) {
		chan_select(cases, NCASES);
		sum += v;
	}
	return type != &gc_int_type ||
	    sum == NCASES * (n / NCASES * (n / NCASES - 1) / 2);
}

static void
run_select_4(struct bench *b, const struct gc_type *type, size_t cap,
    void (*send)(void *))
{
	select_4((int64_t)b->n / 10, type, cap, send);
	bench_start(b);
	if (!select_4((int64_t)b->n, type, cap, send))
		bench_skip(b, "the sum is wrong");
	bench_stop(b);
}

/* Without buffers. */
BENCH(Select4, 200000, 0)
{
	run_select_4(b, &gc_int_type, 0, send_numbers);
}

/* The elements are pointers. */
BENCH(SelectPtr, 200000, 0)
{
	run_select_4(b, &gc_ptr_type, 0, send_pointers);
}

/* Each channel has room for one element, so all senders stay ahead. */
BENCH(SelectFull, 200000, 0)
{
	run_select_4(b, &gc_int_type, 1, send_numbers);
}

/* ---- a select waits for one of four channels with room; an op is a value that
 * one goroutine sends and another one receives by select ---- */

static void
send_in_turn(void *arg)
{
	struct sender *s = arg;

	for (int64_t i = 0; i < s[0].n; i++) {
		chan_send(s[i % NCASES].c, &i);
		yield();
	}
}

static void
select_waiting(int64_t n, size_t cap)
{
	struct chan *chans[NCASES];
	struct select_case cases[NCASES];
	struct sender s[NCASES];
	int64_t v;

	make_chans(chans, &gc_int_type, cap);
	for (int i = 0; i < NCASES; i++)
		s[i] = (struct sender){ chans[i], n };
	go(send_in_turn, s);
	fill_recv(cases, chans, NCASES, &v);
	for (int64_t i = 0; i < n; i++)
		chan_select(cases, NCASES);
}

BENCH(SelectWait, 200000, 0)
{
	select_waiting((int64_t)b->n / 10, ROOM);
	bench_start(b);
	select_waiting((int64_t)b->n, ROOM);
	bench_stop(b);
}

/* ---- select of a value and of an event that never comes; an op is a value,
 * from a sender that waits ---- */

static void
select_or(int64_t n, struct chan *never)
{
	struct sender s = { chan_make(&gc_int_type, 0), n };
	struct chan *chans[] = { s.c, never };
	struct select_case cases[2];
	int64_t v;

	go(send_numbers, &s);
	fill_recv(cases, chans, 2, &v);
	for (int64_t i = 0; i < n; i++)
		chan_select(cases, 2);
}

/* The event is an end, on a channel whose elements are empty. */
BENCH(SelectDone, 200000, 0)
{
	struct chan *done = chan_make(&gc_empty_type, 0);

	select_or((int64_t)b->n / 10, done);
	bench_start(b);
	select_or((int64_t)b->n, done);
	bench_stop(b);
}

BENCH(SelectTimeout, 200000, 0)
{
	struct timer *timeout = timer_new(3600 * NS_PER_S);

	select_or((int64_t)b->n / 10, timer_chan(timeout));
	bench_start(b);
	select_or((int64_t)b->n, timer_chan(timeout));
	bench_stop(b);
	timer_stop(timeout);
}

/* ---- one goroutine alone; an op is a select ---- */

/* One of four channels with room holds an element.  A select takes the element,
 * and a send, which is counted with it, has put it there. */
BENCH(SelectBuffered, 200000, 0)
{
	struct chan *chans[NCASES];
	struct select_case cases[NCASES];
	int64_t v = 1;

	make_chans(chans, &gc_int_type, ROOM);
	fill_recv(cases, chans, NCASES, &v);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++) {
		chan_send(chans[i % NCASES], &v);
		chan_select(cases, NCASES);
	}
	bench_stop(b);
}

/* Select, with a default, from n cases of which none is ready. */
static void
try_select(struct bench *b, const struct gc_type *type, size_t cap, int n)
{
	struct chan *chans[NCASES];
	struct select_case cases[NCASES];
	int64_t v[4];

	make_chans(chans, type, cap);
	fill_recv(cases, chans, n, v);
	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		chan_try_select(cases, n);
	bench_stop(b);
}

BENCH(TrySelect1, 400000, 0)
{
	try_select(b, &gc_int_type, 0, 1);
}

BENCH(TrySelect4, 400000, 0)
{
	try_select(b, &gc_int_type, 0, NCASES);
}

BENCH(TrySelect4Room, 400000, 0)
{
	try_select(b, &gc_int_type, ROOM, NCASES);
}

BENCH(TrySelect1Empty, 400000, 0)
{
	try_select(b, &gc_empty_type, 0, 1);
}

BENCH(TryRecv, 400000, 0)
{
	struct chan *c = chan_make(&gc_int_type, ROOM);
	int64_t v;

	bench_start(b);
	for (uint64_t i = 0; i < b->n; i++)
		chan_try_recv(c, &v, NULL);
	bench_stop(b);
}
