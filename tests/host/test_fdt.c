/*
 * test_fdt.c - the device-tree reader and kernel/platform.c's use of it, on the
 * trees of QEMU's own machines.  The tests that need no QEMU are in
 * tests/unit/test_lib.c; random damage is in fuzz_fdt.c.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/platform.h"
#include "lib/fdt.h"
#include "tests/host/lib_dtb.h"
#include "tests/host/lib_platform.h"
#include "tests/ktest.h"
#include "tests/unit/fdt_builder.h"

KTEST(platform, every_device_of_a_built_tree_is_found)
{
	static uint8_t  blob[8192];
	struct platform *p = &platform;

	fdtb_machine(blob, sizeof(blob), 3);
	if (!lib_platform_read(1, blob)) {
		ktest_fail(t, __FILE__, __LINE__, "%s", lib_platform_refusal);
		return;
	}
	EXPECT(t, strcmp(p->model, "test,machine") == 0);
	EXPECT_EQ(t, p->nharts, 3);
	EXPECT_EQ(t, p->hart_ids[0], 1);	/* the boot hart first */
	EXPECT_EQ(t, p->hart_ids[1] + p->hart_ids[2], 2);
	EXPECT_EQ(t, p->irq_context[0], 3);	/* after M, S of 0; M of 1 */
	EXPECT(t, p->sstc);
	EXPECT_EQ(t, p->timebase_hz, 10000000);
	EXPECT_EQ(t, p->nram, 1);
	EXPECT_EQ(t, p->uart.base, 0x10001000);	/* through the bus */
	EXPECT_EQ(t, p->uart_irq, 10);
	EXPECT_EQ(t, p->irqc, IRQ_PLIC);
	EXPECT_EQ(t, p->irqc_nsources, 96);
	EXPECT_EQ(t, p->finisher.base, 0x100000);
	EXPECT(t, strcmp(p->bootargs, "GOGC=50 seed=7") == 0);
	/* Firmware, the reservation block, the tree and the image. */
	EXPECT_EQ(t, p->nreserved, 4);
}

KTEST(platform, a_tree_without_what_we_need_is_refused_by_name)
{
	static uint8_t blob[8192];

	fdtb_machine(blob, sizeof(blob), 2);
	EXPECT(t, !lib_platform_read(2, blob));
	EXPECT(t, strstr(lib_platform_refusal, "boot hart, 2") != NULL);
	memset(blob, 0, 64);
	EXPECT(t, !lib_platform_read(0, blob));
	EXPECT(t, strstr(lib_platform_refusal, "bad magic") != NULL);
}

/* Read QEMU's tree for a machine, or skip the test if there is no QEMU.
 * Returns false, and t has failed, if the tree is refused. */
static bool
read_qemu(struct ktest *t, const char *machine, unsigned smp)
{
	size_t   len;
	uint8_t *blob = lib_dtb_from_qemu(machine, smp, &len);
	bool     ok;

	if (blob == NULL)
		ktest_skip(t, "no QEMU to ask for its device tree");
	ok = lib_platform_read(0, blob);
	if (!ok)
		ktest_fail(t, __FILE__, __LINE__, "%s, %u harts: %s", machine,
		    smp, lib_platform_refusal);
	free(blob);
	return ok;
}

KTEST(platform, every_device_of_qemus_machines_is_found)
{
	static const enum irq_controller irqc[] = {
		IRQ_PLIC, IRQ_APLIC, IRQ_IMSIC,
	};

	for (int i = 0; lib_dtb_machines[i] != NULL; i++) {
		if (!read_qemu(t, lib_dtb_machines[i], 4))
			continue;
		EXPECT_EQ(t, platform.irqc, irqc[i]);
		EXPECT_EQ(t, platform.nharts, 4);
		EXPECT_EQ(t, platform.uart.base, 0x10000000);
		EXPECT_EQ(t, platform.uart_irq, 10);
		EXPECT_EQ(t, platform.ram[0].len, 256 * MIB);
		EXPECT_EQ(t, platform.finisher.base, 0x100000);
		for (uint32_t h = 0; h < 4; h++)
			EXPECT(t, platform.irq_context[h] != IRQ_NO_CONTEXT);
	}
}

KTEST(platform, harts_beyond_the_limit_are_left_out_and_counted)
{
	if (!read_qemu(t, "virt", HART_MAX + 2))
		return;
	EXPECT_EQ(t, platform.nharts, HART_MAX);
	EXPECT_EQ(t, platform.nharts_total, HART_MAX + 2);
	EXPECT_EQ(t, platform.nleft_out, 2);
}

KTEST(fdt, a_real_tree_cut_short_anywhere_is_refused)
{
	size_t     len;
	uint8_t   *blob = lib_dtb_from_qemu("virt", 2, &len);
	struct fdt fdt;

	if (blob == NULL)
		ktest_skip(t, "no QEMU to ask for its device tree");
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = lib_dtb_copy(blob, cut, cut % 8);

		if (cut >= 8)
			fdtb_poke(copy, 4, (uint32_t)cut);
		EXPECT(t, !fdt_open(&fdt, copy, cut));
		EXPECT(t, fdt.error != NULL);
		lib_dtb_free_copy(copy, cut % 8);
	}
	EXPECT(t, fdt_open(&fdt, blob, len));
	free(blob);
}
