/*
 * calls.h - calls of the public API, and of what the compiler calls by itself,
 * whose work grows with what they are given.
 *
 * This folder's text is a program's (linker.ld).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct long_call {
	const char *name;
	void      (*prepare)(uint64_t n);	/* or NULL */
	void      (*call)(uint64_t n);
	void      (*finish)(uint64_t n);	/* or NULL */
	uint64_t    n;				/* how much work is much */
};

extern const struct long_call long_calls[];
extern const uint32_t         nlong_calls;

/*
 * A goroutine, arg is its struct calls: until stop, prepare, call and finish,
 * in turn.
 */
struct calls {
	const struct long_call *what;
	uint64_t                n;
	volatile uint32_t       stop;
	volatile uint32_t       inside;		/* 1 during the call */
	volatile int64_t        returned_ns;	/* when the last one did */
	volatile uint64_t       rounds;
	volatile bool           ended;
};
void calls_run(void *arg);

/* fn(arg), and then, as the program's next instruction, *to = *from. */
void calls_copy_after(void (*fn)(void *arg), void *arg, uint64_t *to,
    const volatile uint64_t *from);

/* Panic below n frames of this function, and recover from that in it. */
void calls_panic_below(uint64_t n);
