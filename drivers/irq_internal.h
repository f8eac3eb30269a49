/*
 * irq_internal.h - what irq.c wants of a controller.
 *
 * A context is the controller's own number for "S-mode of that hart", from the
 * device tree (platform.irq_context).  Sources count from 1.  irq.c calls with
 * its lock held, except claim and complete, which only the hart of the context
 * itself calls, in a trap.
 */
#pragma once

#include "lib/compiler.h"

struct irq_chip {
	const char *name;
	/* Silence every source. */
	void      (*init)(void);
	/* The calling hart has this context: accept interrupts. */
	void      (*init_hart)(uint32_t context);
	/* Send source to context, which it then interrupts if enabled. */
	void      (*route)(uint32_t source, uint32_t context);
	void      (*enable)(uint32_t source, uint32_t context);
	void      (*disable)(uint32_t source, uint32_t context);
	/* Take the most urgent pending source, 0 if none; and finish it. */
	uint32_t  (*claim)(uint32_t context);
	void      (*complete)(uint32_t context, uint32_t source);
};

extern const struct irq_chip plic_chip;		/* plic.c */
extern const struct irq_chip aplic_chip;	/* aplic.c */
extern const struct irq_chip imsic_chip;	/* imsic.c */
