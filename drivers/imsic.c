/*
 * imsic.c - interrupts as messages (RISC-V Advanced Interrupt Architecture 1.0,
 * ch. 3).  The APLIC writes an interrupt identity to the hart's interrupt file,
 * and the hart reads it from there through its own control registers.
 *
 * The identity of a source is the source's number.  Each hart enables all
 * identities once.  Which sources are enabled, and for which hart, is decided
 * in the APLIC, so that any hart can route a source to any other.
 */
#include "drivers/aplic.h"
#include "drivers/irq_internal.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "lib/check.h"

/* Control registers by number, because older assemblers do not know their
 * names: 0x150 siselect, 0x151 sireg, 0x15c stopei. */
#define SISELECT 0x150
#define SIREG    0x151
#define STOPEI   0x15c
/* One more level of macros, so that the numbers are expanded. */
#define WRITE(csr, v)      CSR_WRITE(csr, v)
#define READ_CLEAR(csr, v) CSR_READ_CLEAR(csr, v)

/* The registers that siselect can select (AIA 3.8). */
enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIE0 = 0xc0 };

enum { STOPEI_ID_SHIFT = 16 };

static void
write_indirect(uint32_t select, uint64_t value)
{
	WRITE(SISELECT, select);
	WRITE(SIREG, value);
}

static void
imsic_init(void)
{
	if (platform.irqc_nsources > platform.imsic_nids)
		platform.irqc_nsources = platform.imsic_nids;
	aplic_setup(APLIC_MSI);
}

/* irq.c holds its lock, so interrupts are off, and nothing else writes siselect
 * in between. */
static void
imsic_init_hart(uint32_t context)
{
	(void)context;
	/* Only even words exist on a 64-bit hart; each has 64 identities. */
	for (uint32_t id = 0; id <= platform.irqc_nsources; id += 64)
		write_indirect(EIE0 + id / 32, ~0UL);
	write_indirect(EITHRESHOLD, 0);		/* no threshold */
	write_indirect(EIDELIVERY, 1);
}

static void
imsic_route(uint32_t source, uint32_t context)
{
	aplic_target(source, context, source);
}

static void
imsic_enable(uint32_t source, uint32_t context)
{
	(void)context;
	aplic_enable(source);
	aplic_resend(source);		/* the wire may be up already */
}

static void
imsic_disable(uint32_t source, uint32_t context)
{
	(void)context;
	aplic_disable(source);
}

/* Any write of stopei claims the interrupt that a read of it returns (AIA
 * 3.10). */
static uint32_t
imsic_claim(uint32_t context)
{
	(void)context;
	return (uint32_t)(READ_CLEAR(STOPEI, ~0UL) >> STOPEI_ID_SHIFT);
}

static void
imsic_complete(uint32_t context, uint32_t source)
{
	(void)context;
	aplic_resend(source);
}

const struct irq_chip imsic_chip = {
	.name = "aplic-imsic",
	.init = imsic_init,
	.init_hart = imsic_init_hart,
	.route = imsic_route,
	.enable = imsic_enable,
	.disable = imsic_disable,
	.claim = imsic_claim,
	.complete = imsic_complete,
};
