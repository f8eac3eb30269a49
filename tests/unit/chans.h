/*
 * chans.h - what the tests of channels share: element types of all kinds, one
 * channel that many goroutines use, and questions about the goroutines that
 * wait at a channel.
 */
#pragma once

#include "runtime/chan/chan.h"
#include "tests/unit/crowd.h"

/* ---- elements ---- */

struct wide { int64_t a; void *p; int64_t b; };
GC_TYPE(wide, p);

/* chan_kinds has an element type of each kind.  make_elem fills out, of
 * ELEM_MAX bytes, with the element that stands for the number i, as far as the
 * type has room for a number; bytes behind the element are 0.  is_elem returns
 * whether got, of ELEM_MAX bytes, is what make_elem makes for i. */
enum { NKINDS = 7, ELEM_MAX = 24 };
extern const struct gc_type *const chan_kinds[NKINDS];
void make_elem(const struct gc_type *type, uint64_t i, unsigned char *out);
bool is_elem(const struct gc_type *type, uint64_t i, const unsigned char *got);

/* ---- a channel for all ---- */

extern struct chan *shared;

/* Make c the shared channel, which is a root. */
void share(struct chan *c);

/* ---- who waits ---- */

enum { NLINE = 20 };

/* Return whether some goroutine waits at c to receive, or to send. */
bool has_receiver(struct chan *c);
bool has_sender(struct chan *c);

/* Return how many goroutines wait at c to receive, or to send.  Other
 * goroutines may use c meanwhile. */
uint32_t receivers_in_line(struct chan *c);
uint32_t senders_in_line(struct chan *c);

/* Return whether fn(arg) panics with text. */
bool panics_with(void (*fn)(void *), void *arg, const char *text);
