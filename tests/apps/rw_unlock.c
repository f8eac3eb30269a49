/*
 * rw_unlock.c - gives back a write lock nobody has.
 */
#include "antler.h"

static struct rwmutex rw;

int
main(void)
{
	rw_unlock(&rw);
	return 0;
}
