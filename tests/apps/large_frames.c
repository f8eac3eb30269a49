/*
 * large_frames.c - frames that nearly fill their stacks, written from the far
 * end on, and arrays whose length is known only when the program runs.
 */
#include "antler.h"

static struct waitgroup done;

static __attribute__((noinline)) unsigned long
write_backwards(volatile unsigned long *words, unsigned long n)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < n; i++)
		words[i] = i;
	yield();
	for (unsigned long i = n; i-- > 0;)
		sum += words[i];
	return sum;
}

static void
check(const char *what, unsigned long got, unsigned long n)
{
	print("%s: %s\n", what, got == n * (n - 1) / 2 ? "right" : "wrong");
	wg_done(&done);
}

static void
small_stack(void *unused)
{
	volatile unsigned long words[7000];

	(void)unused;
	check("56,000 bytes", write_backwards(words, 7000), 7000);
}

static void
large_stack(void *unused)
{
	volatile unsigned long words[400000];

	(void)unused;
	check("3,200,000 bytes", write_backwards(words, 400000), 400000);
}

static void
array_of_any_length(void *arg)
{
	unsigned long n = (unsigned long)arg;
	volatile unsigned long words[n];

	check("5,000 words", write_backwards(words, n), n);
}

int
main(void)
{
	wg_add(&done, 1);
	go(small_stack, NULL);
	wg_wait(&done);
	wg_add(&done, 1);
	go_stack(large_stack, NULL, 4000000);
	wg_wait(&done);
	wg_add(&done, 1);
	go(array_of_any_length, (void *)5000UL);
	wg_wait(&done);
	return 0;
}
