/*
 * irq.h - external interrupts, whichever controller the machine has.
 *
 * A driver gives a handler for its source; the handler runs in the trap of the
 * hart that the source is routed to, the boot hart unless irq_route says
 * otherwise.  Sources are level-triggered, active high: a handler must quiet
 * its device, or it is called again at once (on the PLIC of QEMU: never again).
 *
 *	irq_init();				boot hart, after the platform
 *	irq_init_hart();			each hart that is to take some
 *	trap_hooks.external = irq_dispatch;
 *	irq_enable(source, handler, arg);
 */
#pragma once

#include "kernel/trap.h"
#include "lib/compiler.h"

/* Trap context: interrupts off, only locks of rank RANK_IRQ_DEV and above. */
typedef void (*irq_handler)(void *arg);

/* Find the controller and silence all its sources.  Boot hart, once; before
 * that, and on a machine without one, the functions below do nothing. */
void irq_init(void);

/* Let the hart that calls take external interrupts.  Once per hart. */
void irq_init_hart(void);

/* Call handler(arg) when source interrupts.  False: there is no controller, no
 * such source, or it cannot reach the boot hart.  Any hart. */
bool irq_enable(uint32_t source, irq_handler handler, void *arg) MUST_USE;

/* Stop calling; a handler that runs at this moment may still end. */
void irq_disable(uint32_t source);

/* From now on source interrupts this hart, which has done irq_init_hart.
 * False, and nothing changes, if it cannot. */
bool irq_route(uint32_t source, const struct hart *hart) MUST_USE;

/* Serve what is pending for this hart: trap_hooks.external. */
void irq_dispatch(struct trapframe *frame);

/* Interrupts of each kind since boot: "plic", how many were served, and how
 * many had no handler (and were disabled). */
struct irq_stats {
	const char *controller;		/* "none" if there is none */
	uint64_t    served;
	uint64_t    stray;
};
void irq_get_stats(struct irq_stats *out);
