/*
 * ticker_zero.c - a ticker that is to tick all the time.
 */
#include "antler.h"

int
main(void)
{
	ticker_new(0);
	return 0;
}
