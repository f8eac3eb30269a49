/*
 * platform.h - what the device tree says about this machine.  platform_init
 * fills the struct once, by a bounds-checked reader; all other code only reads
 * it.
 */
#pragma once

#include "kernel/hart.h"
#include "lib/compiler.h"

enum { PLATFORM_RANGES = 16, PLATFORM_ARGS = 1024, PLATFORM_LEFT_OUT = 8 };

struct range {
	uintptr_t base;
	size_t    len;
};

enum irq_controller { IRQ_NONE, IRQ_PLIC, IRQ_APLIC, IRQ_IMSIC };

/* A hart of the tree that Antler does not use, and why. */
struct left_out {
	uint32_t    id;
	const char *why;
};

/* No output of the interrupt controller leads to this hart. */
#define IRQ_NO_CONTEXT UINT32_MAX

struct platform {
	char         model[64];
	uint32_t     boot_hart;			/* SBI id of the boot hart */
	uint32_t     nharts;			/* usable: in hart_ids */
	uint32_t     nharts_total;		/* listed by the tree */
	uint32_t     hart_ids[HART_MAX];	/* boot hart first */
	struct left_out left_out[PLATFORM_LEFT_OUT];	/* the first of them */
	uint32_t     nleft_out;			/* all, listed there or not */
	bool         sstc;			/* all harts have Sstc */
	bool         vector;			/* all harts have V */
	uint64_t     timebase_hz;
	struct range ram[PLATFORM_RANGES];
	uint32_t     nram;
	struct range reserved[PLATFORM_RANGES];	/* firmware, fdt, image */
	uint32_t     nreserved;
	struct range uart;			/* ns16550a; len 0 if none */
	uint32_t     uart_irq;
	uint32_t     uart_shift;		/* reg-shift */
	enum irq_controller irqc;
	struct range irqc_regs;			/* PLIC or APLIC (S level) */
	uint32_t     irqc_nsources;		/* sources are 1 .. this */
	struct range imsic;			/* S-level files, if any */
	uint32_t     imsic_stride;		/* between two harts' files */
	uint32_t     imsic_nids;		/* interrupt identities */
	/* By index in hart_ids: PLIC context, APLIC or IMSIC hart number. */
	uint32_t     irq_context[HART_MAX];
	struct range finisher;			/* sifive,test0 */
	char         bootargs[PLATFORM_ARGS];
};
extern struct platform platform;

/* Read the tree at fdt into platform.  Panics, naming the node, if the tree is
 * malformed or lacks what Antler needs (memory, harts, timebase).  Boot hart,
 * once, before all else. */
void platform_init(uint32_t boot_hart, const void *fdt);

/* Print one line, as in "riscv-virtio,qemu: RAM 256 MiB, 4 harts, plic, sstc",
 * and one line for each of the first harts that are left out. */
void platform_print(void);
