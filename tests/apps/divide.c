/*
 * divide.c - what RISC-V lets pass: a division by zero, an index too large.
 */
#include "antler.h"

static volatile long zero;
static volatile int  four = 4;

static void
index_too_far(void *unused)
{
	long table[3] = { 1, 2, 3 };

	(void)unused;
	print("table[%d] is %ld\n", four, table[four]);
}

static __attribute__((noinline)) long
divide(long a, long b)
{
	return a / b;
}

int
main(void)
{
	struct panic_info why;

	if (!try_call(index_too_far, NULL, &why))
		print("%s at %s:%u\n", why.text, why.file, why.line);
	print("%ld / %ld is %ld\n", 7L, zero, divide(7, zero));
	return 0;
}
