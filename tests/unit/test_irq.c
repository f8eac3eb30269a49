/*
 * test_irq.c - external interrupts, through whichever controller the machine
 * has.  They come from the alarm of QEMU's real-time clock, a Goldfish RTC: it
 * interrupts on demand, and nothing else uses it.
 */
#include "drivers/irq.h"
#include "include/antler.h"
#include "kernel/mmio.h"
#include "kernel/platform.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "lib/str.h"
#include "tests/ktest.h"

/* Where QEMU's virt machine has the clock, and the clock's registers. */
enum {
	RTC = 0x101000,
	RTC_SOURCE = 11,
	ALARM_LOW = 0x08,		/* a write sets the alarm */
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_INTERRUPT = 0x1c,
};

#define PATIENCE_NS (20 * NS_PER_S)
#define QUIET_NS    (30 * NS_PER_MS)

static ATOMIC(uint32_t) calls;		/* how often the handler was called */
static ATOMIC(uint32_t) where;		/* the hart of the last call */
static ATOMIC(uint32_t) ignore;		/* calls that do not clear the alarm */

static void
on_alarm(void *arg)
{
	uint32_t n = add_relaxed(&calls, 1);

	store_relaxed(&where, this_hart()->index);
	if (n >= load_relaxed(&ignore))
		mmio_write32((uintptr_t)arg + CLEAR_INTERRUPT, 1);
}

/* Map the clock's registers and enable its interrupt.  Returns false if this
 * fails.  Skips the test if the machine is not QEMU's virt. */
static bool
rtc_open(struct ktest *t)
{
	if (strcmp(platform.model, "riscv-virtio,qemu") != 0 ||
	    platform.irqc == IRQ_NONE)
		ktest_skip(t, "not QEMU's virt with an interrupt controller");
	if (!EXPECT(t, vm_prepare(RTC) != NULL))
		return false;
	if (vm_frame(RTC) == NULL)
		vm_map(RTC, (void *)(uintptr_t)RTC, VM_RW);
	mmio_write32(RTC + IRQ_ENABLED, 1);
	store_relaxed(&calls, 0);
	store_relaxed(&ignore, 0);
	return EXPECT(t, irq_enable(RTC_SOURCE, on_alarm,
	    (void *)(uintptr_t)RTC));
}

static void
rtc_close(void)
{
	irq_disable(RTC_SOURCE);
	mmio_write32(RTC + IRQ_ENABLED, 0);
	mmio_write32(RTC + CLEAR_INTERRUPT, 1);
	(void)vm_unmap(RTC);
	tlb_flush(RTC, PAGE_SIZE);
}

/* Set an alarm in the past: it interrupts now. */
static void
raise(void)
{
	mmio_write32(RTC + ALARM_HIGH, 0);
	mmio_write32(RTC + ALARM_LOW, 1);
}

/* Wait for n calls of the handler, then a moment longer, in which there must be
 * no more. */
static void
expect_calls(struct ktest *t, uint32_t n)
{
	int64_t end = now_ns() + PATIENCE_NS;

	while (load_relaxed(&calls) < n && now_ns() < end)
		yield();
	end = now_ns() + QUIET_NS;
	while (now_ns() < end)
		yield();
	EXPECT_EQ(t, load_relaxed(&calls), n);
}

KTEST(irq, each_interrupt_is_served_once)
{
	if (!rtc_open(t))
		return;
	for (uint32_t n = 1; n <= 5 && !ktest_failed(t); n++) {
		raise();
		expect_calls(t, n);
	}
	rtc_close();
}

KTEST(irq, a_device_that_is_not_quiet_interrupts_again)
{
	if (platform.irqc == IRQ_PLIC)
		ktest_skip(t, "QEMU's PLIC looks only at changes of the wire");
	if (!rtc_open(t))
		return;
	store_relaxed(&ignore, 3);
	raise();
	expect_calls(t, 4);
	rtc_close();
}

KTEST(irq, a_disabled_source_is_silent_until_enabled_again)
{
	if (!rtc_open(t))
		return;
	irq_disable(RTC_SOURCE);
	raise();
	expect_calls(t, 0);
	EXPECT(t, irq_enable(RTC_SOURCE, on_alarm, (void *)(uintptr_t)RTC));
	expect_calls(t, 1);		/* its wire stayed up meanwhile */
	rtc_close();
}

static void
accept_interrupts(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	irq_init_hart();
}

KTEST_ON(irq, an_interrupt_goes_to_the_hart_it_is_routed_to, 2)
{
	if (!rtc_open(t))
		return;
	ktest_on_every_hart(t, accept_interrupts);
	for (uint32_t i = 0; i < nharts_online; i++) {
		EXPECT(t, irq_route(RTC_SOURCE, harts[i]));
		raise();
		expect_calls(t, i + 1);
		EXPECT_EQ(t, load_relaxed(&where), i);
	}
	EXPECT(t, irq_route(RTC_SOURCE, harts[0]));
	rtc_close();
}

KTEST(irq, a_source_that_does_not_exist_is_refused)
{
	EXPECT(t, !irq_enable(0, on_alarm, NULL));
	EXPECT(t, !irq_enable(platform.irqc_nsources + 1, on_alarm, NULL));
	EXPECT(t, !irq_enable(UINT32_MAX, on_alarm, NULL));
}
