/*
 * wg_negative.c - a wait group that becomes negative.
 */
#include "antler.h"

static struct waitgroup group;

int
main(void)
{
	wg_done(&group);
	return 0;
}
