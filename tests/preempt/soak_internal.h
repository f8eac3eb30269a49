/*
 * soak_internal.h - what the parts of the soak share: how a goroutine is
 * started and counted, and the parts.
 */
#pragma once

#include "include/antler.h"
#include "lib/rand.h"

enum { SOAK_US = 1000 };		/* nanoseconds */

/* The work of a goroutine, with random numbers of its own. */
typedef void (*soak_part)(struct rand *rand, void *arg);

/* Run part(rand, arg) as a goroutine whose random numbers follow from seed.
 * wg, unless it is NULL, counts the goroutine, too. */
void soak_go(uint64_t seed, soak_part part, void *arg, struct waitgroup *wg);

/* Do as soak_go, with a seed made of the next numbers of rand. */
void soak_child(struct rand *rand, soak_part part, void *arg,
    struct waitgroup *wg);

/* Count a broken law, and print the first ones.  Any goroutine. */
void soak_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define SOAK_LAW(e, ...)                                                     \
	do {                                                                 \
		if (!(e))                                                    \
			soak_fail(#e ": " __VA_ARGS__);                      \
	} while (0)

/* Count a step; then do nothing, yield, sleep, compute, or make garbage. */
void soak_pause(struct rand *rand);

/* Returns a random number of nanoseconds, often very few, up to 1 ms. */
int64_t soak_ns(struct rand *rand);

/* ---- The parts; arg is not used unless said ---- */

void soak_pipeline(struct rand *rand, void *arg);	/* soak_values.c */
void soak_tree(struct rand *rand, void *arg);

void soak_locker(struct rand *rand, void *arg);		/* soak_locks.c */
void soak_reader_or_writer(struct rand *rand, void *arg);
void soak_permits(struct rand *rand, void *arg);
void soak_store(struct rand *rand, void *arg);
void soak_locks_begin(void);
void soak_locks_check(void);

void soak_alarm(struct rand *rand, void *arg);		/* soak_time.c */
void soak_timer(struct rand *rand, void *arg);
void soak_ticker(struct rand *rand, void *arg);
void soak_sleeper(struct rand *rand, void *arg);
void soak_contexts(struct rand *rand, void *arg);

void soak_panics(struct rand *rand, void *arg);		/* soak_fates.c */
void soak_exits(struct rand *rand, void *arg);
void soak_parks(struct rand *rand, void *arg);
void soak_computes(struct rand *rand, void *arg);
void soak_blocks(struct rand *rand, void *arg);
void soak_group(struct rand *rand, void *arg);
void soak_pool(struct rand *rand, void *arg);
