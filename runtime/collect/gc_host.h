/*
 * gc_host.h - the runtime's side of gc/host.h.
 */
#pragma once

#include "gc/host.h"

extern const struct gc_host runtime_gc_host;

/* Let a collection begin if there was none for two minutes.  This is one of the
 * tick's duties: it runs on g0, on an M with a P. */
void gc_duty(void);

/* Start the collector's goroutines.  Called once at boot, with a P. */
void gc_host_start(void);
