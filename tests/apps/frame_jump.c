/*
 * frame_jump.c - a frame larger than the stack, of which only the far end is
 * written, among goroutines whose stacks it would hit.
 *
 * APP_how says where the function with that frame is called: from a goroutine
 * (plain), from try_call (try), from a deferred call that a panic runs
 * (deferred), on a stack of go_stack (large); or that it takes the memory by
 * alloca (alloca); or that it reads through a nil pointer before it touches the
 * frame (nil).
 */
#include "antler.h"

enum { NEIGHBOURS = 40, WORDS = 512 };

static struct waitgroup filled, jumped, looked;
static struct chan *look;
static volatile int overwritten;

static void
neighbour(void *arg)
{
	volatile unsigned long mine[WORDS];

	for (int i = 0; i < WORDS; i++)
		mine[i] = (unsigned long)arg;
	wg_done(&filled);
	chan_recv(look, NULL);
	for (int i = 0; i < WORDS; i++)
		if (mine[i] != (unsigned long)arg) {
			overwritten++;
			break;
		}
	wg_done(&looked);
}

static __attribute__((noinline)) void
write_far_end(volatile char *lowest)
{
	for (int i = 0; i < 4096; i++)
		lowest[i] = 0x5a;
}

static __attribute__((noinline)) void
big(void *unused)
{
	volatile char frame[600000];

	(void)unused;
	write_far_end(frame);
	wg_done(&jumped);
}

static __attribute__((noinline)) void
big_alloca(unsigned long n)
{
	write_far_end(__builtin_alloca(n));
	wg_done(&jumped);
}

static __attribute__((noinline)) int
big_nil(volatile int *p)
{
	volatile char frame[600000];
	int n;

	/* The frame is there before the load. */
	__asm__ volatile("" : : "r"(frame) : "memory");
	n = *p;
	frame[n] = 1;
	return frame[n + 1];
}

static void
big_deferred(void *unused)
{
	(void)unused;
	defer(big, NULL);
	go_panic("now the deferred calls run");
}

static void
big_try(void *unused)
{
	struct panic_info why;

	(void)unused;
	if (!try_call(big, NULL, &why))
		print("no panic: %s\n", why.text);
}

static void
jump_alloca(void *unused)
{
	(void)unused;
	big_alloca(600000 + num_goroutine());
}

static void
jump_nil(void *unused)
{
	volatile int *volatile nil = NULL;

	(void)unused;
	print("%d\n", big_nil(nil));
}

static void
start_jumper(void)
{
	const char *how = boot_arg("how");

	if (how[0] == 't')
		go_named("jumper", big_try, NULL);
	else if (how[0] == 'd')
		go_named("jumper", big_deferred, NULL);
	else if (how[0] == 'l')
		go_stack(big, NULL, 300000);
	else if (how[0] == 'a')
		go_named("jumper", jump_alloca, NULL);
	else if (how[0] == 'n')
		go_named("jumper", jump_nil, NULL);
	else
		go_named("jumper", big, NULL);
}

int
main(void)
{
	look = chan_make(&gc_empty_type, 0);
	wg_add(&filled, NEIGHBOURS);
	wg_add(&looked, NEIGHBOURS);
	wg_add(&jumped, 1);
	for (unsigned long i = 0; i < NEIGHBOURS; i++) {
		go(neighbour, (void *)i);
		if (i == NEIGHBOURS / 2)
			start_jumper();
	}
	wg_wait(&filled);
	wg_wait(&jumped);
	chan_close(look);
	wg_wait(&looked);
	print("stacks that were overwritten: %d\n", overwritten);
	return 1;
}
