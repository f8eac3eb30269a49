/*
 * chan_nil.c - everybody waits at channels that never become ready.
 */
#include "antler.h"

static void
receive(void *unused)
{
	(void)unused;
	chan_recv(NULL, NULL);
}

static void
select_none(void *unused)
{
	(void)unused;
	chan_select(NULL, 0);
}

static void
select_nil(void *unused)
{
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = NULL, .value = unused },
		{ .op = SELECT_SEND, .chan = NULL, .value = unused },
	};

	chan_select(cases, 2);
}

int
main(void)
{
	struct chan *c = chan_make(&gc_empty_type, 0);

	go_named("receiver", receive, NULL);
	go_named("none", select_none, NULL);
	go_named("nil", select_nil, NULL);
	chan_send(c, c);
	return 0;
}
