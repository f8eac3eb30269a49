/*
 * aplic.c - the advanced platform-level interrupt controller (RISC-V Advanced
 * Interrupt Architecture 1.0, ch. 4): its registers, and delivery by wire, in
 * which the APLIC is much like a PLIC.  imsic.c has delivery by message.
 */
#include "drivers/aplic.h"

#include "drivers/irq_internal.h"
#include "kernel/mmio.h"
#include "kernel/platform.h"

enum {
	DOMAINCFG = 0x0000,
	SOURCECFG = 0x0000,		/* + 4 * source */
	SETIPNUM = 0x1cdc,
	IN_CLRIP = 0x1d00,		/* + 4 * (source / 32); read: wires */
	SETIENUM = 0x1edc,
	CLRIENUM = 0x1fdc,
	TARGET = 0x3000,		/* + 4 * source */
	TARGET_HART_SHIFT = 18,
	IDC = 0x4000,			/* + 32 * hart number */
	IDC_STRIDE = 32,
	IDC_IDELIVERY = 0x00,
	IDC_ITHRESHOLD = 0x08,
	IDC_CLAIMI = 0x1c,
	CLAIMI_SOURCE_SHIFT = 16,

	DOMAINCFG_IE = 1 << 8,
	DOMAINCFG_DM_MSI = 1 << 2,
	SOURCECFG_INACTIVE = 0,
	SOURCECFG_LEVEL_HIGH = 6,
	PRIORITY_ON = 1,
};

static uintptr_t
reg(uint32_t offset)
{
	return platform.irqc_regs.base + offset;
}

/* Is the wire of source up? */
static bool
is_up(uint32_t source)
{
	uint32_t wires = mmio_read32(reg(IN_CLRIP + source / 32 * 4));

	return (wires >> source % 32 & 1) != 0;
}

static uintptr_t
idc(uint32_t context, uint32_t offset)
{
	return reg(IDC + context * IDC_STRIDE + offset);
}

void
aplic_setup(enum aplic_mode mode)
{
	for (uint32_t s = 1; s <= platform.irqc_nsources; s++) {
		mmio_write32(reg(CLRIENUM), s);
		mmio_write32(reg(SOURCECFG + 4 * s), SOURCECFG_INACTIVE);
	}
	mmio_write32(reg(DOMAINCFG),
	    DOMAINCFG_IE | (mode == APLIC_MSI ? DOMAINCFG_DM_MSI : 0));
}

/* An inactive source ignores its target, so the mode of the source is set here,
 * too. */
void
aplic_target(uint32_t source, uint32_t target, uint32_t low)
{
	mmio_write32(reg(SOURCECFG + 4 * source), SOURCECFG_LEVEL_HIGH);
	mmio_write32(reg(TARGET + 4 * source),
	    target << TARGET_HART_SHIFT | low);
}

void
aplic_enable(uint32_t source)
{
	mmio_write32(reg(SETIENUM), source);
}

void
aplic_disable(uint32_t source)
{
	mmio_write32(reg(CLRIENUM), source);
}

/*
 * The APLIC sends a message when the wire goes up.  If the wire is still up
 * when the handler is done, another message is needed, and this sends it (AIA
 * 4.9.2).  By the specification a write to setipnum alone would be enough,
 * since it has no effect while the wire is down.  But QEMU 7.2 makes the source
 * pending all the same, and the handler would run for ever.  If the wire goes
 * up after we looked, the APLIC sends a message by itself.
 */
void
aplic_resend(uint32_t source)
{
	if (is_up(source))
		mmio_write32(reg(SETIPNUM), source);
}

/* ---- Delivery by wire -------------------------------------------------- */

static void
direct_init(void)
{
	aplic_setup(APLIC_DIRECT);
}

static void
direct_init_hart(uint32_t context)
{
	mmio_write32(idc(context, IDC_ITHRESHOLD), 0);	/* no threshold */
	mmio_write32(idc(context, IDC_IDELIVERY), 1);
}

static void
direct_route(uint32_t source, uint32_t context)
{
	aplic_target(source, context, PRIORITY_ON);
}

static void
direct_enable(uint32_t source, uint32_t context)
{
	(void)context;
	aplic_enable(source);
}

static void
direct_disable(uint32_t source, uint32_t context)
{
	(void)context;
	aplic_disable(source);
}

/*
 * By the specification a source is pending as long as its wire is up.  QEMU 7.2
 * leaves the source pending when the wire goes down, so each interrupt would be
 * served twice.  Therefore a claim of a source whose wire is down is dropped;
 * the claim makes the source no longer pending.
 */
static uint32_t
direct_claim(uint32_t context)
{
	uint32_t source;

	do {
		source = mmio_read32(idc(context, IDC_CLAIMI)) >>
		    CLAIMI_SOURCE_SHIFT;
	} while (source != 0 && !is_up(source));
	return source;
}

static void
direct_complete(uint32_t context, uint32_t source)
{
	/* A level source is pending as long as its wire is up, so there is no
	 * completion. */
	(void)context;
	(void)source;
}

const struct irq_chip aplic_chip = {
	.name = "aplic",
	.init = direct_init,
	.init_hart = direct_init_hart,
	.route = direct_route,
	.enable = direct_enable,
	.disable = direct_disable,
	.claim = direct_claim,
	.complete = direct_complete,
};
