/*
 * last_words.c - ends, in the way that APP_END names, while goroutines print
 * and write lines on all harts (tests/t/29-end.t).  A line says whose it is and
 * how many came before it; the last of main says how many of each had been
 * printed before.
 */
#include "antler.h"

enum { WRITERS = 8, LEAST = 5, WIDTH = 900 };

static struct atomic64 begun, printed[WRITERS];

/* A line of goroutine id, WIDTH characters before its newline. */
static int
make_line(char *line, int id, uint64_t n)
{
	int len = format(line, WIDTH + 2, "w%d %lu ", id, n);

	while (len < WIDTH - 1)
		line[len++] = (char)('a' + id);
	line[len++] = '.';
	line[len++] = '\n';
	line[len] = '\0';
	return len;
}

static void
talk(void *arg)
{
	int  id = (int)(uintptr_t)arg;
	char line[WIDTH + 2];

	for (uint64_t n = 0;; n++) {
		int len = make_line(line, id, n);

		atomic64_add(&begun, 1);
		if (id % 4 == 3)
			console_write(line, (size_t)len, 0);
		else
			print("%s", line);
		atomic64_store(&printed[id], n + 1);
		yield();
	}
}

static bool
all_have_talked(void)
{
	for (int i = 0; i < WRITERS; i++)
		if (atomic64_load(&printed[i]) < LEAST)
			return false;
	return true;
}

/* Wait until others are likely to be in the middle of a line. */
static void
wait_for_a_line(void)
{
	uint64_t n = atomic64_load(&begun);
	int64_t  then;

	while (atomic64_load(&begun) == n)
		yield();
	then = now_ns() + 50 * 1000;
	while (now_ns() < then)
		;
}

static void
end(char how)
{
	switch (how) {
	case 'e':
		exit(3);
	case 'p':
		go_panic("the end");
	case 'u': {
		struct mutex never = { 0 };

		mutex_unlock(&never);
	}
	}
}

int
main(void)
{
	char     line[300];
	uint64_t n[WRITERS];

	for (uintptr_t i = 0; i < WRITERS; i++)
		go(talk, (void *)i);
	while (!all_have_talked())
		sleep_ns(100 * 1000);
	for (int i = 0; i < WRITERS; i++)
		n[i] = atomic64_load(&printed[i]);
	format(line, sizeof(line), "counted %lu %lu %lu %lu %lu %lu %lu %lu\n",
	    n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
	print("%s", line);
	wait_for_a_line();
	end(boot_arg("END")[0]);
	return 0;
}
