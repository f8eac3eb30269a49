/*
 * stress.h - how long to run the tests that can run for long.
 */
#pragma once

/* The boot argument STRESS=seconds.  If it was not given this is 0, and the
 * tests are short. */
extern unsigned long stress_seconds;
