/*
 * blocking.h - calls that keep the hart but do not need its P.
 *
 * A goroutine that is about to poll a slow device, or to sit in a firmware
 * call, says so; meanwhile its P may be taken by another M, and neither a stop
 * of the world nor the goroutines behind it on that P wait for the call.  (Go's
 * entersyscall and exitsyscall; there is no system to call here, but the
 * problem is the same.)
 *
 *	BLOCK-1	The call runs on g0, its goroutine is G_WAITING with all its
 *		registers in its ctx: it can be scanned as if it were parked.
 *	BLOCK-2	A P that is P_SYSCALL belongs to whoever moves it from there by
 *		CAS: the M that left it so, if nobody else was quicker.
 */
#pragma once

#include "lib/compiler.h"

struct m;

/* Take Ps away from calls that last longer than a tick.  m holds a P. */
void blocking_retake(struct m *m);

/* The same at once for an M without a P that was woken for it: a P that is now
 * in its hands, idle, or NULL. */
struct p *blocking_take(void);

/* Is m in the function of such a call?  If it was when the world was last
 * stopped, and has not returned since, this says so.  Any hart. */
bool blocking_is_in(const struct m *m);

/* A timer interrupt found m without a P: if it is in such a call, get its P to
 * somebody who needs it.  Trap. */
void blocking_tick(struct m *m);
