/*
 * echo.c - reads lines from the console and prints each one backwards, until ^D
 * or the end of a pipe.
 *
 *	make qemu APP=apps/echo.c
 *	echo stressed | make qemu APP=apps/echo.c
 */
#include "antler.h"

int
main(void)
{
	char line[100], turned[100];
	long len;

	print("type something; ^D ends\n> ");
	while ((len = read_line(line, sizeof(line))) >= 0) {
		for (long i = 0; i < len; i++)
			turned[i] = line[len - 1 - i];
		print("%.*s\n> ", (int)len, turned);
	}
	print("\n");
	return 0;
}
