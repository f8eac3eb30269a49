/*
 * main.c - count the words of what is piped in, on all harts.
 *
 * A goroutine for each hart takes lines from a channel; main reads them.
 */
#include "antler.h"
#include "table/table.h"
#include "words/words.h"

enum { LINE = 1024, MOST = 5 };

struct line {
	char text[LINE];
};
GC_TYPE_NOPTR(line);

static struct waitgroup counters;

static void
count_lines(void *lines)
{
	struct line line;
	const char *text, *word;
	size_t      len;

	while (chan_recv(lines, &line)) {
		text = line.text;
		while ((word = words_next(&text, &len)) != NULL)
			table_count(word, len);
	}
}

int
main(void)
{
	struct chan *lines = chan_make(&line_type, 16);
	struct line  line;

	for (int i = 0; i < num_hart(); i++)
		wg_go(&counters, count_lines, lines);
	while (read_line(line.text, sizeof(line.text)) >= 0)
		chan_send(lines, &line);
	chan_close(lines);
	wg_wait(&counters);
	table_print(MOST);
	return 0;
}
