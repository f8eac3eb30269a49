/*
 * hog.h - goroutines that compute and never call the runtime.
 *
 * The text of this folder counts as text of a program (linker.ld), so it may be
 * preempted at any instruction.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a hog counts in turns, and what makes it return. */
struct hog {
	volatile uint32_t stop;
	volatile uint64_t turns;
};

/* The function of a goroutine: count turns until stop.  arg is a struct hog. */
void hog_run(void *arg);

/* Do exactly n turns of about three instructions. */
void hog_for(uint64_t n);

/*
 * Fill every integer register but sp and tp, every floating-point register and
 * fcsr with values made of seed, and loop until *stop or for n turns.  Returns
 * how many of them have changed then.
 */
uint64_t hog_registers(uint64_t seed, volatile uint32_t *stop, uint64_t n);

/* Do as hog_registers with the vector registers, vl and vtype.  Only on harts
 * that have them. */
uint64_t hog_vector(uint64_t seed, volatile uint32_t *stop, uint64_t n);

/*
 * hidden is the complement of the end of an object.  Keep that end in one
 * register that no callee saves, and nothing else of the object; say so in
 * h->started, and loop until h->stop.  Returns the last word of the object.
 */
struct hog_last {
	volatile uint32_t started;
	volatile uint32_t stop;
};
uint64_t hog_last(uintptr_t hidden, struct hog_last *h);

/* Returns the sum of 1/k^2 for k = 1 .. n, computed in a way that keeps many
 * floating-point registers busy. */
double hog_series(uint64_t n);
