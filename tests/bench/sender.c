/*
 * sender.c - see sender.h.
 */
#include "tests/bench/sender.h"

void
send_numbers(void *arg)
{
	struct sender *s = arg;
	struct chan *c = s->c;

	for (int64_t i = 0, n = s->n; i < n; i++)
		chan_send(c, &i);
}
