/*
 * input.c - reads its whole input in the way that APP_HOW names, and tells what
 * it was (tests/t/28-input.t).
 *
 *	bytes	how many, and a sum of them
 *	slow	the same, but it sleeps between any two reads
 *	echo	the bytes themselves, and then the same
 *	write	does not read, but writes many lines
 *	lines	the length of each line, and a sum
 *	moments	each line in brackets, read with deadlines that may come first
 */
#include "antler.h"

enum { MOMENT = 10 * 1000 * 1000, LINES = 5000 };

static uint64_t sum;

static void
add(const char *bytes, long n)
{
	for (long i = 0; i < n; i++)
		sum = sum * 31 + (unsigned char)bytes[i];
}

static bool
is(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return *a == *b;
}

static void
read_bytes(bool slow, bool echo)
{
	static char buf[4096];
	uint64_t    total = 0;
	long        n;

	while ((n = console_read(buf, slow ? 50 : sizeof(buf), 0)) > 0) {
		total += (uint64_t)n;
		add(buf, n);
		if (echo)
			console_write(buf, (size_t)n, 0);
		if (slow)
			sleep_ns(1000 * 1000);
	}
	print("\n%lu bytes, sum %lx, then %ld and %ld\n", total, sum, n,
	    console_read(buf, 1, 0));
}

static void
write_lines(void)
{
	char line[65];

	for (int i = 0; i < LINES; i++) {
		format(line, sizeof(line), "%063d\n", i);
		console_write(line, 64, 0);
	}
}

static void
read_lines(void)
{
	static char line[1000];
	long        n;

	while ((n = read_line(line, sizeof(line))) >= 0) {
		add(line, n);
		print("%ld ", n);
	}
	print("sum %lx, then %ld and %ld\n", sum, n,
	    read_line(line, sizeof(line)));
}

/* Says each time that a deadline has come, so that the rest can be sent. */
static void
read_in_moments(void)
{
	static char line[1000];
	long        n;

	while ((n = read_line_until(line, sizeof(line), now_ns() + MOMENT)) !=
	    IO_CLOSED)
		if (n == IO_TIMEOUT)
			print(".\n");
		else
			print("[%s]\n", line);
}

int
main(void)
{
	const char *how = boot_arg("HOW");

	print("ready\n");
	if (is(how, "write"))
		write_lines();
	else if (is(how, "lines"))
		read_lines();
	else if (is(how, "moments"))
		read_in_moments();
	else
		read_bytes(is(how, "slow"), is(how, "echo"));
	return 0;
}
