/*
 * irq_internal.h - the interface between irq.c and the drivers of controllers.
 *
 * A context is the controller's own number for "S-mode of that hart", from the
 * device tree (platform.irq_context).  Sources are counted from 1.  irq.c calls
 * these functions with its lock held, except claim and complete, which are
 * called without it, in a trap of the hart that has the context.
 */
#pragma once

#include "lib/compiler.h"

struct irq_chip {
	const char *name;
	/* Silence every source. */
	void      (*init)(void);
	/* Let the calling hart, which has this context, take interrupts. */
	void      (*init_hart)(uint32_t context);
	/* Route source to context, which it interrupts while it is enabled. */
	void      (*route)(uint32_t source, uint32_t context);
	void      (*enable)(uint32_t source, uint32_t context);
	void      (*disable)(uint32_t source, uint32_t context);
	/* Take the most urgent pending source, or 0 if there is none; complete
	 * finishes a source that was taken. */
	uint32_t  (*claim)(uint32_t context);
	void      (*complete)(uint32_t context, uint32_t source);
};

extern const struct irq_chip plic_chip;		/* plic.c */
extern const struct irq_chip aplic_chip;	/* aplic.c */
extern const struct irq_chip imsic_chip;	/* imsic.c */
