/*
 * crowd.h - what many tests of the runtime need: any number of goroutines, a
 * gate at which they meet, and polls that give up.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

/* How long a poll goes on before the test fails.  This is far longer than
 * anything takes, because the host may run our harts on fewer processors. */
#define PATIENCE_NS (20 * NS_PER_S)

/*
 * Goroutines each of which runs fn(t, i) with a number i of its own, counted
 * from 0 in the order in which they begin.  A crowd must not be moved while its
 * goroutines live.
 */
struct crowd {
	struct ktest    *t;
	void           (*fn)(struct ktest *t, uint32_t i);
	ATOMIC(uint32_t) next;		/* i of the next that begins */
	struct waitgroup done;
};

/* crowd_init prepares a crowd without goroutines, crowd_go starts one more, and
 * crowd_wait returns when all of them have ended. */
void crowd_init(struct crowd *crowd, struct ktest *t,
    void (*fn)(struct ktest *t, uint32_t i));
void crowd_go(struct crowd *crowd);
void crowd_wait(struct crowd *crowd);

/* Run fn(t, 0) to fn(t, n - 1) in a crowd of n goroutines, and wait for their
 * end. */
void crowd_run(struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i));

/* A place where goroutines or harts meet.  Zero to begin with. */
struct gate {
	ATOMIC(uint32_t) n;
};

/* Arrive at gate, then hold the hart, with no call that could yield it, until n
 * have arrived.  Returns false, and t has failed, if they do not come in time
 * or t fails meanwhile. */
bool gate_hold(struct ktest *t, struct gate *gate, uint32_t n);

/* Hold the hart for ns nanoseconds. */
void hold_ns(nanos_t ns);

/* Overwrite the stack below the caller's frame, so that no old pointer is found
 * there: stacks are scanned conservatively. */
void wipe_stack(void);

/* Return whether gp is parked.  Any goroutine may ask; the answer is a
 * snapshot. */
bool is_parked(struct g *gp);

/* Yield until e is true.  t fails if e is still false after PATIENCE_NS. */
#define EVENTUALLY(t, e)                                                     \
	({                                                                   \
		nanos_t give_up_ = now_ns() + PATIENCE_NS;                   \
		bool    true_;                                               \
		while (!(true_ = (e)) && now_ns() < give_up_)                \
			yield();                                             \
		EXPECT(t, true_ && #e);                                      \
	})
