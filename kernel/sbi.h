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

/* Read what the firmware offers.  Boot hart, once, before any other. */
void sbi_init(void);

bool           sbi_has_dbcn(void);
const char    *sbi_error_name(long error);

void           sbi_putchar(char c);
void           sbi_set_timer(uint64_t ticks);
struct sbi_ret sbi_hart_start(uint32_t hart, uintptr_t entry, uintptr_t arg);
struct sbi_ret sbi_send_ipi(uint32_t hart);
void           sbi_remote_sfence(uint64_t mask, uint64_t base, uintptr_t va,
    size_t len);
void           sbi_shutdown(void);
/* "OpenSBI 1.1", for the console. */
const char    *sbi_describe(void);
