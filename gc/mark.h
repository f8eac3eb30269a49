/*
 * mark.h - finding what is alive.
 */
#pragma once

#include "gc/work.h"
#include "lib/compiler.h"

/* What a marking found. */
struct mark_result {
	uint64_t live_bytes;	/* of slots marked */
	uint64_t stack_bytes;	/* scanned conservatively */
	uint64_t root_bytes;	/* root blocks */
	unsigned nworkers;
};

/* Mark everything that is reachable, on up to max_workers harts.  World
 * stopped, phase GC_MARK, no span unswept, all marks clear; on the system
 * stack. */
void mark_all_stw(unsigned max_workers, struct mark_result *result);
