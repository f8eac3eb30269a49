/*
 * unlock_unlocked.c - gives back a mutex nobody has locked.
 */
#include "antler.h"

static struct mutex mutex;

int
main(void)
{
	mutex_unlock(&mutex);
	return 0;
}
