/*
 * compiler.h - the few words we add to C.
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
 * A function that touches what a program gave it before it takes a lock or
 * changes anything: a fault at an address of its text, or of what it calls in
 * lib/, is its caller's (runtime/fail/fault.c).
 */
#define FOR_PROGRAMS  SECTION(".text.for_programs")
/*
 * A function of the runtime that could be a program's: it uses nothing but what
 * its caller gave it, constants, and what programs may call, and it knows no
 * hart, M or P.  It lies among the text of programs, where a goroutine is
 * preempted at any instruction (linker.ld).
 */
#define AS_PROGRAM    SECTION(".text.as_program")
#define SECTION(name) __attribute__((section(name), used))
#define ALIGNED(n)    __attribute__((aligned(n)))

/* What two harts write independently lives on different lines. */
#define CACHE_LINE    64
#define OWN_LINE      ALIGNED(CACHE_LINE)

#define ARRAY_LEN(a)  (sizeof(a) / sizeof((a)[0]))

/* Keep the compiler from thinking further about where to put the variable x; no
 * instruction. */
#define SETTLE(x)     __asm__("" : "+r"(x))

/* Load the byte at p, so that what is no memory faults here. */
#define TOUCH(p)                                                           \
	do {                                                               \
		uint8_t byte_ = *(const uint8_t *)(p);                     \
		__asm__ volatile("" : : "r"(byte_));                       \
	} while (0)

/* The struct that has m as its member at p. */
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
