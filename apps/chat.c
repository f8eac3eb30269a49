/*
 * chat.c - a conversation of goroutines: one reads what you type, three others
 * listen and answer in their own time, a timer tells how long the conversation
 * has lasted, and main selects among all of them.  ^D ends the program.
 *
 *	make qemu APP=apps/chat.c
 */
#include "antler.h"

enum { LINE = 80, GUESTS = 3, TICK_S = 2 };

struct message {
	const char *from;
	char        text[2 * LINE];
};
GC_TYPE_NOPTR(message);

struct guest {
	const char  *name;
	const char  *answer;		/* a format: %s is what was said */
	int64_t      thinks_ms;
	struct chan *hears, *says;	/* channels of messages */
};

static struct message *
say(const char *from, const char *fmt, const char *text)
{
	struct message *m = gc_new(&message_type);

	m->from = from;
	format(m->text, sizeof(m->text), fmt, text);
	return m;
}

static void
listen(void *arg)
{
	struct guest   *me = arg;
	struct message *m;

	while (chan_recv(me->hears, &m)) {
		sleep_ns(me->thinks_ms * 1000000);
		m = say(me->name, me->answer, m->text);
		chan_send(me->says, &m);
	}
}

static void
type(void *lines)
{
	struct message *m;
	char            line[LINE];

	while (read_line(line, sizeof(line)) >= 0) {
		m = say("you", "%s", line);
		chan_send(lines, &m);
	}
	chan_close(lines);
}

int
main(void)
{
	struct chan  *lines = chan_make(&gc_ptr_type, 0);
	struct chan  *room = chan_make(&gc_ptr_type, 0);
	struct timer *ticker = ticker_new(TICK_S * 1000000000L);
	struct guest  guests[GUESTS] = {
		{ .name = "Ada", .answer = "\"%s\"?", .thinks_ms = 20 },
		{ .name = "Bob", .answer = "Hm, %s.", .thinks_ms = 100 },
		{ .name = "Cyd", .answer = "%s!", .thinks_ms = 300 },
	};
	struct message *m;
	struct select_case cases[] = {
		{ .op = SELECT_RECV, .chan = lines, .value = &m },
		{ .op = SELECT_RECV, .chan = room, .value = &m },
		{ .op = SELECT_RECV, .chan = timer_chan(ticker) },
	};

	for (int i = 0; i < GUESTS; i++) {
		guests[i].hears = chan_make(&gc_ptr_type, 1);
		guests[i].says = room;
		go(listen, &guests[i]);
	}
	go(type, lines);
	print("Ada, Bob and Cyd are here; say something\n");
	for (int seconds = 0;;) {
		switch (chan_select(cases, 3)) {
		case 0:		/* a guest that still thinks misses it */
			if (!cases[0].ok)
				return 0;
			for (int i = 0; i < GUESTS; i++)
				chan_try_send(guests[i].hears, &m);
			break;
		case 1:
			print("<%s> %s\n", m->from, m->text);
			break;
		case 2:
			print("(%d s)\n", seconds += TICK_S);
		}
	}
}
