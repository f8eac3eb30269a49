/*
 * compiler.h - the few macros that we add to C.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKELY(x)     __builtin_expect(!!(x), 1)
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)
#define NOINLINE      __attribute__((noinline))
#define INLINE        static inline __attribute__((always_inline))
#define NORETURN      __attribute__((noreturn))
#define COLD          __attribute__((cold))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define MUST_USE      __attribute__((warn_unused_result))
/*
 * A function that touches the memory that a program has passed to it before it
 * takes a lock or changes anything.  Therefore a fault in its text, or in the
 * functions of lib/ that it calls, is reported as a fault of the program that
 * called it (runtime/fail/fault.c).
 */
#define FOR_PROGRAMS  SECTION(".text.for_programs")
/*
 * A function of the runtime that could be part of a program: it uses nothing
 * but its arguments, constants, and functions that programs may call, and it
 * uses no hart, M or P.  It lies among the text of programs, where a goroutine
 * may be preempted at any instruction (linker.ld).
 */
#define AS_PROGRAM    SECTION(".text.as_program")
#define SECTION(name) __attribute__((section(name), used))
#define ALIGNED(n)    __attribute__((aligned(n)))

/* Variables that different harts write independently belong on cache lines of
 * their own. */
#define CACHE_LINE    64
#define OWN_LINE      ALIGNED(CACHE_LINE)

#define ARRAY_LEN(a)  (sizeof(a) / sizeof((a)[0]))

/* Make the compiler compute the variable x at this place and hold it in a
 * register.  Adds no instruction. */
#define SETTLE(x)     __asm__("" : "+r"(x))

/* Load the byte at p, so that an address where no memory is faults here. */
#define TOUCH(p)                                                           \
	do {                                                               \
		uint8_t byte_ = *(const uint8_t *)(p);                     \
		__asm__ volatile("" : : "r"(byte_));                       \
	} while (0)

/* The struct type whose member m is at p. */
#define CONTAINER_OF(p, type, m) ((type *)((char *)(p)-offsetof(type, m)))

#define MIN(a, b)                          \
	({                                 \
		__typeof__(a) min_a_ = (a); \
		__typeof__(b) min_b_ = (b); \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define MAX(a, b)                          \
	({                                 \
		__typeof__(a) max_a_ = (a); \
		__typeof__(b) max_b_ = (b); \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

/* Round x up or down to a multiple of the power of two n. */
#define ROUND_UP(x, n)   (((x) + ((n)-1)) & ~(__typeof__(x))((n)-1))
#define ROUND_DOWN(x, n) ((x) & ~(__typeof__(x))((n)-1))

#define KIB (1024UL)
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

/* Time in nanoseconds: a duration, or an instant since the clock started. */
typedef int64_t nanos_t;

#define NS_PER_US 1000L
#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L
