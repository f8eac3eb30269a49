/*
 * status.c - what main returns is the machine's exit status; gomaxprocs of
 * nothing and of less is a question.
 */
#include "antler.h"

int
main(void)
{
	int n = gomaxprocs(0);

	gomaxprocs(-5);
	print("GOMAXPROCS %d, still %d\n", n, gomaxprocs(0));
	return 3;
}
