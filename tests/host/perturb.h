/*
 * perturb.h - small seeded delays before every access to shared memory.
 *
 * With PERTURB=1 each ATOMIC access of lib/atomic.h first calls perturb(),
 * which now and then gives up the processor.  Threads then meet in the narrow
 * windows that a loaded machine hits once a month: on two cores this found at
 * once a missing check in a steal loop, which hours of plain stress had not
 * found.
 */
#pragma once

#include <stdint.h>

/* Delay this thread from now on, by numbers that follow from seed. */
void perturb_seed(uint64_t seed);
