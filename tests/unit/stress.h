/*
 * stress.h - how long tests that can run for long do.
 */
#pragma once

/* STRESS=seconds, 0 if not given: then they are short. */
extern unsigned long stress_seconds;
