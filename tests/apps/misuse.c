/*
 * misuse.c - what Go panics about, each recovered from and told; then one that
 * nobody can recover from.
 */
#include "antler.h"

static struct chan     *chan;
static struct waitgroup wg;
static struct mutex     mutex;
static const int64_t    value = 1;

static void send(void *unused) { (void)unused; chan_send(chan, &value); }
static void close_again(void *unused) { (void)unused; chan_close(chan); }
static void close_nil(void *unused) { (void)unused; chan_close(NULL); }
static void go_nil(void *unused) { (void)unused; go(NULL, NULL); }
static void done(void *unused) { (void)unused; wg_done(&wg); }

static void
tell(void (*fn)(void *))
{
	struct panic_info why;

	print("%s\n", try_call(fn, NULL, &why) ? "fine" : why.text);
}

static void
unlock(void *unused)
{
	(void)unused;
	mutex_unlock(&mutex);
}

int
main(void)
{
	chan = chan_make(&gc_int_type, 0);
	gc_root(chan);
	chan_close(chan);
	tell(send);
	tell(close_again);
	tell(close_nil);
	tell(go_nil);
	tell(done);
	tell(unlock);
	return 0;
}
