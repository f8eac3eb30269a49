/*
 * blocking.h - calls that keep the hart but do not need its P.
 *
 * A goroutine that is about to poll a slow device, or to call the firmware for
 * long, says so by blocking_call.  Meanwhile another M may take its P, and
 * neither a stop of the world nor the goroutines behind it on this P wait for
 * the call.  (Compare Go's entersyscall and exitsyscall; there is no system to
 * call here, but the problem is the same.)
 *
 *	BLOCK-1	The call runs on g0.  Its goroutine is G_WAITING with all its
 *		registers in its ctx, so it can be scanned as if it were parked.
 *	BLOCK-2	A P that is P_SYSCALL belongs to the hart that moves it from
 *		there by CAS.  That is the M that left it so, unless another
 *		hart is quicker.
 */
#pragma once

#include "lib/compiler.h"

struct m;

/* Take Ps away from blocking calls that last longer than a tick.  m holds a
 * P. */
void blocking_retake(struct m *m);

/* Take a P away from a blocking call at once; for an M without a P that was
 * woken for this.  Returns the P, idle and in the caller's hands, or NULL. */
struct p *blocking_take(void);

/* Returns whether m is in the function of a blocking call.  If m was in it when
 * the world was last stopped, and has not returned from it since, this returns
 * true.  Any hart. */
bool blocking_is_in(const struct m *m);

/* Handle a timer interrupt of m, which has no P: if m is in a blocking call,
 * get its P to somebody who needs it.  Trap. */
void blocking_tick(struct m *m);
