/*
 * perturb.h - small seeded delays before every access to shared memory.
 *
 * With PERTURB=1 each ATOMIC access of lib/atomic.h first calls perturb(),
 * which now and then gives up the processor.  Threads then meet in the narrow
 * windows that a loaded machine hits once a month: on two cores this found a
 * missing check in a steal loop at once that hours of plain stress did not.
 */
#pragma once

#include <stdint.h>

/* From now on delay this thread by the numbers that follow from seed. */
void perturb_seed(uint64_t seed);
