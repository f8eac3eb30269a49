/*
 * explore.h - what a program may tell the explorer (make explore APP=file.c,
 * docs/explorer.md).  A program need not use any of it, and works the same
 * without the explorer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Claim that condition is true.  If it is not, panic: "explore_assert failed:
 * condition", with its place.  To the explorer that is a schedule that fails.
 */
#define explore_assert(condition)                                          \
	((condition) ? (void)0 :                                           \
	    antler_assert_failed(#condition, __FILE__, __LINE__))
void antler_assert_failed(const char *condition, const char *file,
    unsigned line) __attribute__((noreturn, cold));

/*
 * Return a number below n, which anything may have chosen: what a device said,
 * how a call ended, which of two comes first.  The explorer tries one number
 * after the other, as it tries schedules; elsewhere it is random.  Panics if n
 * is 0 or more than EXPLORE_CHOICES.
 */
enum { EXPLORE_CHOICES = 1000000 };
uint32_t explore_choose(uint32_t n);

/* In a program that is compiled for the explorer, copies are accesses, too. */
#if defined(__SANITIZE_THREAD__)
void *memcpy(void *to, const void *from, size_t n)
    __asm__("antler_program_memcpy");
void *memmove(void *to, const void *from, size_t n)
    __asm__("antler_program_memmove");
void *memset(void *to, int c, size_t n) __asm__("antler_program_memset");
#endif
