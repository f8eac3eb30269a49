/*
 * crowd.h - what many tests of the runtime need: goroutines by the number, a
 * place to meet, and polls that give up.
 */
#pragma once

#include "include/antler.h"
#include "tests/ktest.h"

/* How long a poll goes on before the test fails.  Far more than anything takes,
 * because the host may run our harts on fewer processors. */
#define PATIENCE_NS (20 * NS_PER_S)

/*
 * Goroutines that run fn(t, i), i = 0 .. n - 1.  Not moved while they live.
 */
struct crowd {
	struct ktest    *t;
	void           (*fn)(struct ktest *t, uint32_t i);
	ATOMIC(uint32_t) next;		/* the number of the next to begin */
	struct waitgroup done;
};

/* Begin without any; start one more; wait for all. */
void crowd_init(struct crowd *crowd, struct ktest *t,
    void (*fn)(struct ktest *t, uint32_t i));
void crowd_go(struct crowd *crowd);
void crowd_wait(struct crowd *crowd);

/* All of it, with n. */
void crowd_run(struct ktest *t, uint32_t n,
    void (*fn)(struct ktest *t, uint32_t i));

/* Where goroutines or harts meet. */
struct gate {
	ATOMIC(uint32_t) n;
};

/* Arrive, then hold the hart, without a call of the runtime, until n have
 * arrived.  False, and t has failed, if they do not come. */
bool gate_hold(struct ktest *t, struct gate *gate, uint32_t n);

/* Hold the hart for so long. */
void hold_ns(nanos_t ns);

/* Overwrite the stack below the caller, which is scanned conservatively, so
 * that nothing old is found there. */
void wipe_stack(void);

/* Is gp parked?  Any goroutine; a snapshot. */
bool is_parked(struct g *gp);

/* Yield until e is true; t fails if that does not happen. */
#define EVENTUALLY(t, e)                                                     \
	({                                                                   \
		nanos_t give_up_ = now_ns() + PATIENCE_NS;                   \
		bool    true_;                                               \
		while (!(true_ = (e)) && now_ns() < give_up_)                \
			yield();                                             \
		EXPECT(t, true_ && #e);                                      \
	})
