/*
 * procresize.h - changing the number of Ps.
 */
#pragma once

#include "lib/compiler.h"

struct m;
struct p;

/* Change the number of Ps to n, 1 <= n <= PROCS_MAX.  The caller has stopped
 * the world and runs on its goroutine's M; this M's P may change. */
void procresize(uint32_t n);

/* Make the first P and the first allp, with the P in the hands of the boot M.
 * Called once, at boot; the heap works from here on. */
void procresize_boot(struct m *m);

/* Returns whether p is the P with id i.  Any context. */
bool p_has_id(const struct p *p, uint32_t i);

/* Returns how many goroutines live, without system ones.  Any hart; exact when
 * nothing runs. */
uint64_t procs_count_live(void);
