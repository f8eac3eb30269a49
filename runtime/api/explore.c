/*
 * explore.c - what a program may tell the explorer; works without the explorer,
 * too.
 */
#include "kernel/virtual.h"
#include "runtime/sched/sched.h"

NORETURN COLD void
antler_assert_failed(const char *condition, const char *file, unsigned line)
{
	go_panic("explore_assert failed: %s (%s:%u)", condition, file, line);
}

uint32_t
explore_choose(uint32_t n)
{
	if (n == 0 || n > EXPLORE_CHOICES)
		go_panic("explore_choose(%u): give 1 to %d", n,
		    EXPLORE_CHOICES);
	return VIRTUAL ? virtual_choose(n) : rand_below(&this_m()->rand, n);
}
