/*
 * riscv.h - control registers and instructions that C cannot express
 * (privileged specification 1.12).  Other assembly is only in the .S files, in
 * lib/atomic.h, lib/compiler.h, kernel/hart.h, kernel/probe.h, kernel/offsets.c
 * and the public headers.
 */
#pragma once

#include "lib/compiler.h"

#define CSR_READ(reg)                                                \
	({                                                           \
		uint64_t csr_;                                       \
		__asm__ volatile("csrr %0, " #reg : "=r"(csr_));     \
		csr_;                                                \
	})
#define CSR_WRITE(reg, v) \
	__asm__ volatile("csrw " #reg ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define CSR_SET(reg, v) \
	__asm__ volatile("csrs " #reg ", %0" ::"rK"((uint64_t)(v)) : "memory")
#define CSR_CLEAR(reg, v) \
	__asm__ volatile("csrc " #reg ", %0" ::"rK"((uint64_t)(v)) : "memory")
/* Clear bits and return the old value. */
#define CSR_READ_CLEAR(reg, v)                                       \
	({                                                           \
		uint64_t csr_;                                       \
		__asm__ volatile("csrrc %0, " #reg ", %1"            \
		    : "=r"(csr_) : "rK"((uint64_t)(v)) : "memory");  \
		csr_;                                                \
	})

#define SSTATUS_SIE  (1UL << 1)
#define SSTATUS_SPIE (1UL << 5)
#define SSTATUS_SPP  (1UL << 8)
#define SSTATUS_FS   (3UL << 13)	/* off, initial, clean, dirty */
#define SSTATUS_FS_INITIAL (1UL << 13)
#define SSTATUS_FS_CLEAN (2UL << 13)
#define SSTATUS_FS_DIRTY (3UL << 13)
#define SSTATUS_VS   (3UL << 9)	/* the same for vector registers */
#define SSTATUS_VS_INITIAL (1UL << 9)
#define SSTATUS_VS_DIRTY (3UL << 9)
#define SSTATUS_SUM  (1UL << 18)

#define SIE_SSIE     (1UL << 1)
#define SIE_STIE     (1UL << 5)
#define SIE_SEIE     (1UL << 9)

#define CAUSE_INTERRUPT (1UL << 63)
enum cause {
	CAUSE_FETCH_MISALIGNED = 0, CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2, CAUSE_BREAK = 3, CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5, CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7, CAUSE_ECALL_U = 8, CAUSE_ECALL_S = 9,
	CAUSE_FETCH_PAGE = 12, CAUSE_LOAD_PAGE = 13, CAUSE_STORE_PAGE = 15,
	IRQ_SOFT = 1, IRQ_TIMER = 5, IRQ_EXTERNAL = 9,
};

#if EXPLORE
void virtual_wfi(void);		/* kernel/virtual.h */
INLINE void
wfi(void)
{
	virtual_wfi();
}
#else
INLINE void
wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}
#endif

/* Read the byte at va, which may be the first access to a page of a stack. */
INLINE void
touch_stack_below(uintptr_t va)
{
	__asm__ volatile("lb zero, (%0)" ::"r"(va) : "memory");
}

INLINE void
sfence_vma_all(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
}

INLINE void
sfence_vma(uintptr_t va)
{
	__asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

/* Order memory and device accesses of all kinds before it against those after
 * it: needed between the store to a shared word and the interrupt that
 * announces it (unprivileged spec 2.7). */
INLINE void
fence_io(void)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
}

/*
 * Call the machine-mode firmware with the extension in a7, the function in a6
 * and the arguments in a0 to a3.  The results come back in a0 and a1; all other
 * registers are preserved (SBI specification 1.0, ch. 3).  Returns a0 and
 * stores a1 in *value.
 */
INLINE long
ecall(uint64_t ext, uint64_t fn, uint64_t arg0, uint64_t arg1, uint64_t arg2,
    uint64_t arg3, long *value)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
	    : "+r"(a0), "+r"(a1)
	    : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
	    : "memory");
	*value = (long)a1;
	return (long)a0;
}
