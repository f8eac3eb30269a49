/*
 * mmio.h - registers of devices.  Each access is one load or store of exactly
 * the given width, done once and in program order with the other device
 * accesses of this hart.  To order device accesses against ordinary memory, use
 * fence_io (kernel/riscv.h).
 */
#pragma once

#include "lib/compiler.h"

INLINE uint8_t
mmio_read8(uintptr_t at)
{
	return *(const volatile uint8_t *)at;
}

INLINE void
mmio_write8(uintptr_t at, uint8_t v)
{
	*(volatile uint8_t *)at = v;
}

INLINE uint32_t
mmio_read32(uintptr_t at)
{
	return *(const volatile uint32_t *)at;
}

INLINE void
mmio_write32(uintptr_t at, uint32_t v)
{
	*(volatile uint32_t *)at = v;
}
