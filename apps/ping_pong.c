/*
 * ping_pong.c - two goroutines pass a ball over a pair of channels.  Each is
 * asleep while the other has the ball, so the time of a pass is the price of a
 * wake-up.
 *
 *	make qemu APP=apps/ping_pong.c
 */
#include "antler.h"

enum { ROUNDS = 100000 };

struct player {
	struct chan     *in, *out;
	struct waitgroup over;
};

/* Send each ball back with one more hit, until no more balls come. */
static void
play(void *arg)
{
	struct player *me = arg;
	int64_t        hits;

	while (chan_recv(me->in, &hits)) {
		hits++;
		chan_send(me->out, &hits);
	}
	wg_done(&me->over);
}

int
main(void)
{
	struct chan  *ping = chan_make(&gc_int_type, 0);
	struct chan  *pong = chan_make(&gc_int_type, 0);
	struct player other = { .in = ping, .out = pong };
	int64_t       start, hits = 0;

	wg_add(&other.over, 1);
	go(play, &other);
	start = now_ns();
	for (int i = 0; i < ROUNDS; i++) {
		hits++;
		chan_send(ping, &hits);
		chan_recv(pong, &hits);
	}
	print("%ld hits in %d rounds, %ld ns for there and back\n", (long)hits,
	    ROUNDS, (long)((now_ns() - start) / ROUNDS));
	chan_close(ping);
	wg_wait(&other.over);
	return hits != 2 * ROUNDS;
}
