/*
 * chans.c - see chans.h.
 */
#include "tests/unit/chans.h"

#include "lib/str.h"
#include "tests/root_once.h"

struct odd { char text[13]; };
GC_TYPE_NOPTR(odd);
struct half { int32_t x, y; };		/* 8 bytes, aligned to 4 */
GC_TYPE_NOPTR(half);

const struct gc_type *const chan_kinds[NKINDS] = {
	&gc_int_type, &gc_byte_type, &gc_empty_type, &gc_ptr_type, &odd_type,
	&wide_type, &half_type,
};

void
make_elem(const struct gc_type *type, uint64_t i, unsigned char *out)
{
	memset(out, 0, ELEM_MAX);
	for (size_t k = 0; k < type->size; k++)
		out[k] = (unsigned char)(i >> (k % 8 * 8) & 0xff) ^
		    (unsigned char)(k / 8);
}

bool
is_elem(const struct gc_type *type, uint64_t i, const unsigned char *got)
{
	unsigned char want[ELEM_MAX];

	make_elem(type, i, want);
	return memcmp(want, got, ELEM_MAX) == 0;
}

struct chan *shared;	/* a root, set by share() */

void
share(struct chan *c)
{
	ROOT_ONCE(shared);
	gc_store(&shared, c);
}

bool
has_receiver(struct chan *c)
{
	return !waitq_empty(&c->recvq);
}

bool
has_sender(struct chan *c)
{
	return !waitq_empty(&c->sendq);
}

/* Count the waiters in q, which is c's recvq or c's sendq. */
static uint32_t
line_length(struct chan *c, const struct waitq *q)
{
	uint32_t n = 0;

	chan_lock(c);
	/* relaxed: c is locked. */
	for (const struct waitq *w = load_relaxed(&q->next); w != q;
	    w = load_relaxed(&w->next))
		n++;
	chan_unlock(c);
	return n;
}

uint32_t
receivers_in_line(struct chan *c)
{
	return line_length(c, &c->recvq);
}

uint32_t
senders_in_line(struct chan *c)
{
	return line_length(c, &c->sendq);
}

bool
panics_with(void (*fn)(void *), void *arg, const char *text)
{
	struct panic_info why = { .text = "" };

	return !try_call(fn, arg, &why) && strcmp(why.text, text) == 0;
}
