/*
 * thread_local.c - each goroutine has thread-local variables of its own, which
 * begin with their initial values, keep them wherever it runs, and are those of
 * nobody else.
 */
#include "antler.h"

enum { GOROUTINES = 300, ROUNDS = 200, WORDS = 40 };

static _Thread_local uint64_t begins_as_7 = 7;
static _Thread_local uint64_t words[WORDS];
_Thread_local int zero;

static struct atomic32  wrong;
static struct waitgroup all;

static void
work(void *unused)
{
	uint64_t id = goid();

	(void)unused;
	if (begins_as_7 != 7 || zero != 0 || (uintptr_t)words % 8 != 0)
		atomic32_add(&wrong, 1);
	for (int i = 0; i < WORDS; i++)
		if (words[i] != 0)
			atomic32_add(&wrong, 1);
	begins_as_7 = id;
	zero = (int)id;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < WORDS; i++)
			words[i] += id;
		if (round % 16 == 0)
			yield();
	}
	for (int i = 0; i < WORDS; i++)
		if (words[i] != id * ROUNDS)
			atomic32_add(&wrong, 1);
	if (begins_as_7 != id || zero != (int)id)
		atomic32_add(&wrong, 1);
	wg_done(&all);
}

/* Those of the hart's own strand. */
static void
on_the_hart(void *unused)
{
	(void)unused;
	for (int i = 0; i < WORDS; i++)
		words[i] = i;
}

int
main(void)
{
	for (int round = 0; round < 5; round++) {
		wg_add(&all, GOROUTINES);
		for (int i = 0; i < GOROUTINES; i++)
			go(work, NULL);
		blocking_call(on_the_hart, NULL);
		gc_collect();
		wg_wait(&all);
	}
	for (int i = 0; i < WORDS; i++)
		if (words[i] != 0)
			atomic32_add(&wrong, 1);
	wg_add(&all, 1);
	go_stack(work, NULL, 1 << 20);
	wg_wait(&all);
	print("%u wrong\n", atomic32_load(&wrong));
	return atomic32_load(&wrong) != 0;
}
