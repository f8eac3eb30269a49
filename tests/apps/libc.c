/*
 * libc.c - the C library from many goroutines on all harts: what each computes,
 * prints and allocates is what one alone would.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "antler.h"

enum { GOROUTINES = 64, ROUNDS = 40, NUMBERS = 100, BLOCKS = 50 };

static struct atomic32  wrong;
static struct waitgroup all;

#define EXPECT(truth)                                                      \
	do {                                                               \
		if (!(truth)) {                                            \
			atomic32_add(&wrong, 1);                           \
			printf("line %d: %s\n", __LINE__, #truth);         \
		}                                                          \
	} while (0)

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
numbers(int seed)
{
	double x[NUMBERS];
	char   text[40], *end;

	for (int i = 0; i < NUMBERS; i++) {
		x[i] = sin(seed + i * 0.5) * pow(10, i % 7);
		snprintf(text, sizeof(text), "%.17g;", x[i]);
		EXPECT(strtod(text, &end) == x[i] && strcmp(end, ";") == 0);
	}
	qsort(x, NUMBERS, sizeof(x[0]), compare);
	for (int i = 1; i < NUMBERS; i++)
		EXPECT(x[i - 1] <= x[i]);
	EXPECT(fabs(sqrt(2) * sqrt(2) - 2) < 1e-15);
	EXPECT(fabs(exp(log(seed + 1)) - (seed + 1)) < 1e-12 * (seed + 1));
}

static void
errors(int seed)
{
	char digits[] = "99999999999999999999999", words[] = "a,b";

	errno = seed;
	yield();
	EXPECT(errno == seed);
	EXPECT(strtol(digits, NULL, 10) == LONG_MAX && errno == ERANGE);
	EXPECT(fopen("no/such/file", "r") == NULL && errno == ENOENT);
	EXPECT(strcmp(strtok(words, ","), "a") == 0);
	yield();
	EXPECT(strcmp(strtok(NULL, ","), "b") == 0);
}

/* Blocks keep what is in them, whoever has their addresses. */
static void
memory(int seed)
{
	unsigned char **blocks = malloc(BLOCKS * sizeof(*blocks));
	unsigned        state = (unsigned)seed + 1;

	for (int i = 0; i < BLOCKS; i++) {
		size_t len = 1 + (state = state * 1103515245 + 12345) / 65536 %
		    (i % 10 == 0 ? 100000 : 600);

		blocks[i] = i % 3 == 0 ? aligned_alloc(256, len) : malloc(len);
		EXPECT((uintptr_t)blocks[i] % (i % 3 == 0 ? 256 : 16) == 0);
		EXPECT(malloc_usable_size(blocks[i]) >= len);
		memset(blocks[i], seed + i, len);
		blocks[i] = realloc(blocks[i], len + 100);
		EXPECT(blocks[i][0] == (unsigned char)(seed + i) &&
		    blocks[i][len - 1] == (unsigned char)(seed + i));
	}
	if (seed % 16 == 0)
		gc_collect();
	for (int i = 0; i < BLOCKS; i++) {
		EXPECT(blocks[i][0] == (unsigned char)(seed + i));
		free(blocks[i]);
	}
	free(blocks);
}

static void
jump(int seed)
{
	jmp_buf       where;
	volatile bool back = false;

	if (setjmp(where) == 0) {
		back = true;
		longjmp(where, seed + 1);
	}
	EXPECT(back);
}

static void
work(void *arg)
{
	int seed = (int)(intptr_t)arg;

	for (int round = 0; round < ROUNDS; round++) {
		numbers(seed + round);
		errors(seed + 1);
		memory(seed);
		jump(seed);
		if (round % 20 == 0)
			printf("[%d: %g, %s, %5.2f]\n", seed, seed / 8.0,
			    "text", seed / 3.0);
	}
	wg_done(&all);
}

/* What compilers know of malloc and free they must not use here. */
static void *(*volatile take)(size_t) = malloc;
static void (*volatile give)(void *) = free;

static void
free_twice(void *p)
{
	give(p);
	give(p);
}

static void
assert_false(void *unused)
{
	(void)unused;
	assert(unused != NULL);
}

/* What fn(arg) panics of has text in it. */
static void
panics(void (*fn)(void *), void *arg, const char *text)
{
	struct panic_info why;

	EXPECT(!try_call(fn, arg, &why) && strstr(why.text, text) != NULL);
}

static void
at_exit(void)
{
	printf("atexit: %u wrong\n", atomic32_load(&wrong));
}

int
main(void)
{
	char line[80];
	int  n;

	atexit(at_exit);
	wg_add(&all, GOROUTINES);
	for (int i = 0; i < GOROUTINES; i++)
		go(work, (void *)(intptr_t)i);
	wg_wait(&all);
	panics(free_twice, malloc(10), "free of a block that is free");
	panics(free_twice, malloc(100000), "free of");
	panics(assert_false, NULL, "assertion \"unused != NULL\" failed");
	EXPECT(take(SIZE_MAX) == NULL && take(1UL << 40) == NULL);
	EXPECT(scanf("%d", &n) == 1 && n == 42);
	EXPECT(fgets(line, sizeof(line), stdin) != NULL);
	EXPECT(fgets(line, sizeof(line), stdin) != NULL &&
	    strcmp(line, "a line\n") == 0);
	EXPECT(getchar() == EOF);
	fprintf(stderr, "%s", "no newline at the end; ");
	return atomic32_load(&wrong) == 0 ? 3 : 1;
}
