/*
 * gc_host.h - the runtime's side of gc/host.h.
 */
#pragma once

#include "gc/host.h"

extern const struct gc_host runtime_gc_host;

/* Begin a collection if there was none for two minutes.  One of the tick's
 * duties: an M with a P, on g0. */
void gc_duty(void);

/* Start the collector's goroutines.  Boot, with a P. */
void gc_host_start(void);
