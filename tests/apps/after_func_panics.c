/*
 * after_func_panics.c - the traceback of a timer's goroutine names its maker.
 */
#include "antler.h"

static void
panic_late(void *unused)
{
	(void)unused;
	go_panic("late");
}

int
main(void)
{
	after_func(1, panic_late, NULL);
	park("the end");
	return 0;
}
