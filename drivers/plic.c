/*
 * plic.c - the platform-level interrupt controller (RISC-V PLIC specification
 * 1.0).  Sources have a priority; each context has a bit for every source, a
 * threshold, and a register from which it claims and to which it completes.
 */
#include "drivers/irq_internal.h"

#include "kernel/mmio.h"
#include "kernel/platform.h"

enum {
	PRIORITY = 0x0,			/* 4 bytes for each source */
	ENABLE = 0x2000,		/* a bit for each source */
	ENABLE_STRIDE = 0x80,		/* from one context to the next */
	CONTEXT = 0x200000,
	CONTEXT_STRIDE = 0x1000,
	CONTEXT_THRESHOLD = 0x0,
	CONTEXT_CLAIM = 0x4,		/* read: claim; write: complete */
	PRIORITY_ON = 1,		/* above the threshold, 0 */
};

static uintptr_t
enable_word(uint32_t source, uint32_t context)
{
	return platform.irqc_regs.base + ENABLE + context * ENABLE_STRIDE +
	    source / 32 * 4;
}

static uintptr_t
context_reg(uint32_t context, uint32_t reg)
{
	return platform.irqc_regs.base + CONTEXT + context * CONTEXT_STRIDE +
	    reg;
}

static void
plic_init(void)
{
	for (uint32_t s = 1; s <= platform.irqc_nsources; s++)
		mmio_write32(platform.irqc_regs.base + PRIORITY + 4 * s, 0);
	for (uint32_t i = 0; i < platform.nharts; i++) {
		uint32_t context = platform.irq_context[i];

		if (context == IRQ_NO_CONTEXT)
			continue;
		for (uint32_t s = 0; s <= platform.irqc_nsources; s += 32)
			mmio_write32(enable_word(s, context), 0);
	}
}

static void
plic_init_hart(uint32_t context)
{
	mmio_write32(context_reg(context, CONTEXT_THRESHOLD), 0);
}

static void
plic_route(uint32_t source, uint32_t context)
{
	/* There is nothing to do: the enable bits are the route. */
	(void)source;
	(void)context;
}

static void
plic_enable(uint32_t source, uint32_t context)
{
	uintptr_t word = enable_word(source, context);

	/* The order of these two writes matters: QEMU looks whether the source
	 * is pending only at the second. */
	mmio_write32(word, mmio_read32(word) | 1u << source % 32);
	mmio_write32(platform.irqc_regs.base + PRIORITY + 4 * source,
	    PRIORITY_ON);
}

static void
plic_disable(uint32_t source, uint32_t context)
{
	uintptr_t word = enable_word(source, context);

	mmio_write32(word, mmio_read32(word) & ~(1u << source % 32));
}

static uint32_t
plic_claim(uint32_t context)
{
	return mmio_read32(context_reg(context, CONTEXT_CLAIM));
}

/*
 * If the source is not enabled for the context, the PLIC ignores the completion
 * (spec ch. 9), and the source stays silent for good.  So if a handler disables
 * or re-routes its own source, the source must be enabled again after it has
 * been completed.
 */
static void
plic_complete(uint32_t context, uint32_t source)
{
	mmio_write32(context_reg(context, CONTEXT_CLAIM), source);
}

const struct irq_chip plic_chip = {
	.name = "plic",
	.init = plic_init,
	.init_hart = plic_init_hart,
	.route = plic_route,
	.enable = plic_enable,
	.disable = plic_disable,
	.claim = plic_claim,
	.complete = plic_complete,
};
