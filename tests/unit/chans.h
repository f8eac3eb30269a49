/*
 * chans.h - what the tests of channels share: element types of all kinds, one
 * channel that many goroutines use, and who waits at it.
 */
#pragma once

#include "runtime/chan/chan.h"
#include "tests/unit/crowd.h"

/* ---- elements ---- */

struct wide { int64_t a; void *p; int64_t b; };
GC_TYPE(wide, p);

/* A type of each kind, and its element that tells i, where the type has room
 * for that; is it that one? */
enum { NKINDS = 7, ELEM_MAX = 24 };
extern const struct gc_type *const chan_kinds[NKINDS];
void make_elem(const struct gc_type *type, uint64_t i, unsigned char *out);
bool is_elem(const struct gc_type *type, uint64_t i, const unsigned char *got);

/* ---- a channel for all ---- */

extern struct chan *shared;

/* Let c be shared, which is a root. */
void share(struct chan *c);

/* ---- who waits ---- */

enum { NLINE = 20 };

/* Does some goroutine wait at c? */
bool has_receiver(struct chan *c);
bool has_sender(struct chan *c);

/* How many do so, whatever others do at c meanwhile? */
uint32_t receivers_in_line(struct chan *c);
uint32_t senders_in_line(struct chan *c);

/* Does fn(arg) panic with text? */
bool panics_with(void (*fn)(void *), void *arg, const char *text);
