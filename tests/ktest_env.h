/*
 * ktest_env.h - what the test runner needs from its surroundings: the guest
 * (tests/ktest_guest.c) or the host (tests/host/ktest_host.c).
 */
#pragma once

#include "tests/ktest.h"

/* Print a line of TAP, printf style.  Whole lines never mix. */
void     env_print(const char *fmt, ...) PRINTF(1, 2);

/* Run t on a goroutine or thread of its own until it returns or leaves. */
void     env_run(struct ktest *t);

/* End the running test at once, from within env_run's goroutine or thread. */
NORETURN void env_leave(struct ktest *t);

/* Put back what tests may change, and fail t for what it left behind. */
void     env_after(struct ktest *t);

/* Returns how many harts ktest_on_every_hart uses at most. */
uint32_t env_nharts(void);

nanos_t  env_now(void);
