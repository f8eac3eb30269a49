/*
 * explore.h - what a program may tell the explorer (make explore APP=file.c,
 * docs/explorer.md).  No program needs any of these calls, and a program that
 * makes them works without the explorer, too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Claim that condition is true.  If it is false, panic with "explore_assert
 * failed: condition" and the place of the call.  To the explorer this panic is
 * a failed schedule.
 */
#define explore_assert(condition)                                          \
	((condition) ? (void)0 :                                           \
	    antler_assert_failed(#condition, __FILE__, __LINE__))
void antler_assert_failed(const char *condition, const char *file,
    unsigned line) __attribute__((noreturn, cold));

/*
 * Choose a number for something that is not under the program's control: what a
 * device says, how a call ends, which of two events comes first.  Returns a
 * number below n.  The explorer tries one number after another, as it tries
 * schedules; without the explorer the number is random.  Panics if n is 0 or
 * more than EXPLORE_CHOICES.
 */
enum { EXPLORE_CHOICES = 1000000 };
uint32_t explore_choose(uint32_t n);

/* In a program that is compiled for the explorer, copies count as memory
 * accesses, too. */
#if defined(__SANITIZE_THREAD__)
void *memcpy(void *to, const void *from, size_t n)
    __asm__("antler_program_memcpy");
void *memmove(void *to, const void *from, size_t n)
    __asm__("antler_program_memmove");
void *memset(void *to, int c, size_t n) __asm__("antler_program_memset");
#endif
