/*
 * ktest_env.h - what the test runner needs of where it runs: the guest
 * (tests/ktest_guest.c) or the host (tests/host/ktest_host.c).
 */
#pragma once

#include "tests/ktest.h"

/* A line of TAP, printf style; whole lines never mix. */
void     env_print(const char *fmt, ...) PRINTF(1, 2);

/* Run t on a goroutine or thread of its own until it returns or leaves. */
void     env_run(struct ktest *t);

/* End the running test at once, from within env_run's goroutine or thread. */
NORETURN void env_leave(struct ktest *t);

/* Put back what tests may change, and fail t for what it left behind. */
void     env_after(struct ktest *t);

/* Harts that ktest_on_every_hart uses. */
uint32_t env_nharts(void);

nanos_t  env_now(void);
