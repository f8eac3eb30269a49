/*
 * procresize.h - changing the number of Ps.
 */
#pragma once

#include "lib/compiler.h"

struct m;
struct p;

/* Make the number of Ps n, 1 <= n <= PROCS_MAX.  World stopped by the caller,
 * on its goroutine's M; the M's P may change. */
void procresize(uint32_t n);

/* The first P in the first allp, in the hands of the boot M.  Boot, once; the
 * heap works from here on. */
void procresize_boot(struct m *m);

/* Is p the P that has id i?  Any context. */
bool p_has_id(const struct p *p, uint32_t i);

/* Goroutines that live, system ones not counted.  Any hart; exact when nothing
 * runs. */
uint64_t procs_count_live(void);
