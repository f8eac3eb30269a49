/*
 * sbi.c - calls into the machine-mode firmware.
 *
 * This relies only on extensions of SBI 1.0 that OpenSBI has had since 0.9
 * (HSM, IPI, RFENCE).  It probes for TIME, SRST and DBCN, and falls back to the
 * legacy calls of chapter 5.
 */
#include "kernel/sbi.h"

#include "kernel/riscv.h"
#include "lib/fmt.h"

enum sbi_extension {
	SBI_LEGACY_SET_TIMER = 0x00,
	SBI_LEGACY_PUTCHAR = 0x01,
	SBI_LEGACY_SHUTDOWN = 0x08,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
	SBI_DBCN = 0x4442434e,
};

enum {
	BASE_IMPL_ID = 1, BASE_IMPL_VERSION = 2, BASE_PROBE = 3,
	RFENCE_SFENCE_VMA = 1,
	DBCN_WRITE_BYTE = 2,
	IMPL_OPENSBI = 1,
};

static bool has_time, has_srst, has_dbcn;	/* [I] after sbi_init */
static char description[48];			/* [I] after sbi_init */

static struct sbi_ret
call(uint64_t ext, uint64_t fn, uint64_t arg0, uint64_t arg1, uint64_t arg2,
    uint64_t arg3)
{
	struct sbi_ret ret;

	ret.error = ecall(ext, fn, arg0, arg1, arg2, arg3, &ret.value);
	return ret;
}

static bool
probe(uint64_t ext)
{
	struct sbi_ret ret = call(SBI_BASE, BASE_PROBE, ext, 0, 0, 0);

	return ret.error == 0 && ret.value != 0;
}

void
sbi_init(void)
{
	long id = call(SBI_BASE, BASE_IMPL_ID, 0, 0, 0, 0).value;
	long version = call(SBI_BASE, BASE_IMPL_VERSION, 0, 0, 0, 0).value;

	has_time = probe(SBI_TIME);
	has_srst = probe(SBI_SRST);
	has_dbcn = probe(SBI_DBCN);

	/* Each firmware encodes its version its own way; OpenSBI as 16.16. */
	if (id == IMPL_OPENSBI)
		fmt_snprintf(description, sizeof(description),
		    "OpenSBI %ld.%ld", version >> 16, version & 0xffff);
	else
		fmt_snprintf(description, sizeof(description),
		    "firmware %ld version 0x%lx", id, version);
}

const char *
sbi_describe(void)
{
	return description;
}

bool
sbi_has_dbcn(void)
{
	return has_dbcn;
}

const char *
sbi_error_name(long error)
{
	static const char *const names[] = {
		"no error", "failed", "not supported", "invalid parameter",
		"denied", "invalid address", "already available",
		"already started", "already stopped",
	};

	if (error > 0 || (unsigned long)-error >= ARRAY_LEN(names))
		return "unknown error";
	return names[-error];
}

void
sbi_putchar(char c)
{
	if (has_dbcn)
		call(SBI_DBCN, DBCN_WRITE_BYTE, (uint8_t)c, 0, 0, 0);
	else
		call(SBI_LEGACY_PUTCHAR, 0, (uint8_t)c, 0, 0, 0);
}

void
sbi_set_timer(uint64_t ticks)
{
	call(has_time ? SBI_TIME : SBI_LEGACY_SET_TIMER, 0, ticks, 0, 0, 0);
}

struct sbi_ret
sbi_hart_start(uint32_t hart, uintptr_t entry, uintptr_t arg)
{
	fence_io();
	return call(SBI_HSM, 0, hart, entry, arg, 0);
}

struct sbi_ret
sbi_send_ipi(uint32_t hart)
{
	fence_io();
	return call(SBI_IPI, 0, 1, hart, 0, 0);
}

void
sbi_remote_sfence(uint64_t mask, uint64_t base, uintptr_t va, size_t len)
{
	fence_io();
	call(SBI_RFENCE, RFENCE_SFENCE_VMA, mask, base, len == 0 ? 0 : va,
	    len == 0 ? -1UL : len);
}

void
sbi_shutdown(void)
{
	if (has_srst)
		call(SBI_SRST, 0, 0, 0, 0, 0);
	call(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0);
}
