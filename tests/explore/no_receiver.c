/*
 * no_receiver.c - main asks for an answer and waits for a short time.  If the
 * answer comes too late its sender waits for ever.
 *
 *	expect: goroutines are left that wait for ever
 *	options: --leaks 1
 */
#include "antler.h"

static void
answer(void *answers)
{
	int64_t value = 42;

	chan_send(answers, &value);
}

int
main(void)
{
	struct chan *answers = chan_make(&gc_int_type, 0);
	int64_t value = 0;
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = answers, .value = &value },
		{ .op = SELECT_RECV, .chan = after(50000), .value = NULL },
	};

	go(answer, answers);
	answers = NULL;
	chan_select(cases, 2);
	cases[0].chan = NULL;
	return 0;
}
