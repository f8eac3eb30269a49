/*
 * sbi.h - calls into the machine-mode firmware (RISC-V SBI specification 1.0).
 */
#pragma once

#include "lib/compiler.h"

/* The base of sbi_remote_sfence that names every hart. */
#define SBI_ALL_HARTS (-1UL)

struct sbi_ret {
	long error;		/* 0, or SBI_ERR_* (negative) */
	long value;
};

/* Find out what the firmware offers.  Boot hart, once, before other calls. */
void sbi_init(void);

/* Does the firmware have the debug console? */
bool           sbi_has_dbcn(void);

/* Returns a name for error (table 1 of the specification); never NULL. */
const char    *sbi_error_name(long error);

/* Send a byte to the firmware's console.  Any context. */
void           sbi_putchar(char c);

/* Set the time of this hart's next timer interrupt, in ticks.  A time far off
 * withdraws a pending interrupt.  Any context. */
void           sbi_set_timer(uint64_t ticks);

/* Start hart at entry (a physical address), in S-mode, with paging off and arg
 * in its a1.  The hart sees what this hart stored before. */
struct sbi_ret sbi_hart_start(uint32_t hart, uintptr_t entry, uintptr_t arg);

/* Send a software interrupt to hart, which then sees what this hart stored
 * before. */
struct sbi_ret sbi_send_ipi(uint32_t hart);

/*
 * Make harts forget their translations of [va, va + len), or all of them if len
 * is 0.  The harts are base + i for each bit i that is set in mask, or every
 * hart, including this one, if base is SBI_ALL_HARTS.  Returns when they have
 * forgotten.
 */
void           sbi_remote_sfence(uint64_t mask, uint64_t base, uintptr_t va,
    size_t len);

/* Power off.  Returns if the firmware cannot do so. */
void           sbi_shutdown(void);

/* Returns a text such as "OpenSBI 1.1", for the console. */
const char    *sbi_describe(void);
