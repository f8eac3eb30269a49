/*
 * gc_host.h - the runtime's side of gc/host.h.
 */
#pragma once

#include "gc/host.h"

extern const struct gc_host runtime_gc_host;

/* Start the collector's goroutines.  Boot, with a P. */
void gc_host_start(void);
