/*
 * nothing.c - a program that ends at once: what remains is the boot.
 */
#include "antler.h"

int
main(void)
{
	return 0;
}
