/*
 * wild_makeslice.c - lengths that no machine has memory for are recovered from;
 * one that this machine has none for is not.
 */
#include "antler.h"

static void
make_chan(void *unused)
{
	(void)unused;
	chan_make(&gc_byte_type, INT64_MAX);
}

static void
make_slice(void *unused)
{
	(void)unused;
	slice_make(&gc_byte_type, INT64_MAX, INT64_MAX);
}

static void
make_bytes(void *unused)
{
	(void)unused;
	gc_new_bytes(INT64_MAX);
}

static void
tell(void (*fn)(void *))
{
	struct panic_info why;

	print("%s\n", try_call(fn, NULL, &why) ? "fine" : why.text);
}

int
main(void)
{
	tell(make_chan);
	tell(make_slice);
	tell(make_bytes);
	gc_new_bytes(64UL << 30);
	return 0;
}
