/*
 * irq.h - external interrupts, for any of the controllers that are supported.
 *
 * A driver registers a handler for its source.  The handler runs in a trap of
 * the hart that the source is routed to, which is the boot hart unless
 * irq_route has changed it.  Sources are level-triggered, active high: a
 * handler must make its device quiet, or the handler is called again at once
 * (on the PLIC of QEMU: never again).
 *
 *	irq_init();				boot hart, after the platform
 *	irq_init_hart();			each hart to take interrupts
 *	trap_hooks.external = irq_dispatch;
 *	irq_enable(source, handler, arg);
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* Runs in trap context: interrupts off, only locks of rank RANK_IRQ_DEV and
 * above. */
typedef void (*irq_handler)(void *arg);

/* Find the controller and silence all its sources.  Before this call, and on a
 * machine without a controller, the functions below do nothing.  Boot hart,
 * once. */
void irq_init(void);

/* Let this hart take external interrupts.  Each hart, once. */
void irq_init_hart(void);

/* Call handler(arg) in a trap whenever source interrupts.  Returns false if
 * there is no controller or no such source.  Any hart. */
bool irq_enable(uint32_t source, irq_handler handler, void *arg) MUST_USE;

/* Stop calling the handler of source.  A call that has begun may still be
 * running when this returns. */
void irq_disable(uint32_t source);

/* Route source to hart, which must have called irq_init_hart.  Returns false,
 * and changes nothing, if source cannot reach hart. */
bool irq_route(uint32_t source, const struct hart *hart) MUST_USE;

/* Serve the interrupts that are pending for this hart.  The function for
 * trap_hooks.external. */
void irq_dispatch(struct trapframe *frame);

struct irq_stats {
	const char *controller;		/* "plic", or "none" */
	uint64_t    served;		/* interrupts passed to a handler */
	uint64_t    stray;		/* without handler; source disabled */
};

/* Store in *out what has come in since boot. */
void irq_get_stats(struct irq_stats *out);
