/*
 * rw_runlock.c - gives back a read lock nobody has.
 */
#include "antler.h"

static struct rwmutex rw;

int
main(void)
{
	rw_runlock(&rw);
	return 0;
}
