/*
 * hog.h - goroutines that compute and never call the runtime.
 *
 * This folder's text is a program's (linker.ld): it may be preempted at any
 * instruction.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Until *stop: count in *turns.  Returns with *stop. */
struct hog {
	volatile uint32_t stop;
	volatile uint64_t turns;
};

/* A goroutine: arg is its struct hog. */
void hog_run(void *arg);

/* Exactly n turns of about three instructions. */
void hog_for(uint64_t n);

/*
 * Fill every integer register but sp and tp, every floating-point register and
 * fcsr with values made of seed, loop until *stop or for n turns, and count
 * those that have changed.
 */
uint64_t hog_registers(uint64_t seed, volatile uint32_t *stop, uint64_t n);

/* The same with the vector registers, vl and vtype.  Only on harts that have
 * them. */
uint64_t hog_vector(uint64_t seed, volatile uint32_t *stop, uint64_t n);

/*
 * Keep the complement of hidden, the end of an object, in one register that no
 * callee saves, and nothing else of the object; say so in h->started, loop
 * until h->stop, and return the last word of the object.
 */
struct hog_last {
	volatile uint32_t started;
	volatile uint32_t stop;
};
uint64_t hog_last(uintptr_t hidden, struct hog_last *h);

/* The sum of 1/k^2 for k = 1 .. n, in a way that keeps many floating-point
 * registers busy. */
double hog_series(uint64_t n);
