/*
 * bad_answer.c - a device says how many bytes have come, and the program does
 * not expect one of the possible answers.
 *
 *	expect: explore_assert failed
 */
#include "antler.h"

int
main(void)
{
	uint32_t first = explore_choose(5), second = explore_choose(5);
	char     buf[7] = { 0 };

	explore_assert(first + second < sizeof(buf) + 1);
	buf[(first + second) % sizeof(buf)] = 1;
	return buf[0] == 2;
}
