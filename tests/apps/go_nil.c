/*
 * go_nil.c - a goroutine of no function.
 */
#include "antler.h"

int
main(void)
{
	go(NULL, NULL);
	return 0;
}
