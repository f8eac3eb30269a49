/*
 * program_hooks.c - what a program calls that was compiled with
 * -fsanitize=thread: a function before each access to memory, and functions
 * instead of atomic accesses.
 *
 * The names and arguments are those of ThreadSanitizer's run-time library
 * (compiler-rt, tsan_interface.h and tsan_interface_atomic.h).  Here each call
 * is a point (kernel/virtual.h), and an access that is reported to the search
 * for data races.
 *
 * All of this is text of the program (linker.ld).  So a goroutine is preempted
 * here as it would be at the access itself, and a bad pointer faults as the
 * program's own.  Each atomic access is sequentially consistent, whatever order
 * it names.  But only acquire and release in its order count as ordering the
 * accesses that are not atomic.
 */
#include "kernel/order.h"
#include "kernel/riscv.h"
#include "kernel/virtual.h"
#include "lib/compiler.h"
#include "lib/str.h"

#define HOOK SECTION(".text.program_hooks")

#define CALLER ((uintptr_t)__builtin_return_address(0))

INLINE void
point_before(uintptr_t addr, size_t size, bool write, bool atomic, uintptr_t pc)
{
	struct virtual_access access = { .addr = addr, .size = size,
		.write = write, .atomic = atomic, .pc = pc };

	if (virtual_program_access(&access))
		CSR_SET(sstatus, SSTATUS_SIE);
}

/* ---- plain accesses ---- */

/* Declare the function, because no header does, and begin its definition. */
#define DEFINE(type_, name_, ...)                                           \
	type_ name_(__VA_ARGS__);                                           \
	HOOK type_ name_(__VA_ARGS__)

#define PLAIN(name_, size_, write_)                                         \
	DEFINE(void, name_, const void *p)                                  \
	{                                                                   \
		point_before((uintptr_t)p, size_, write_, false, CALLER);   \
	}
#define PLAIN_OF(size_)                                                     \
	PLAIN(__tsan_read##size_, size_, false)                             \
	PLAIN(__tsan_write##size_, size_, true)                             \
	PLAIN(__tsan_volatile_read##size_, size_, false)                    \
	PLAIN(__tsan_volatile_write##size_, size_, true)                    \
	PLAIN(__tsan_unaligned_read##size_, size_, false)                   \
	PLAIN(__tsan_unaligned_write##size_, size_, true)                   \
	PLAIN(__tsan_unaligned_volatile_read##size_, size_, false)          \
	PLAIN(__tsan_unaligned_volatile_write##size_, size_, true)
PLAIN_OF(1)
PLAIN_OF(2)
PLAIN_OF(4)
PLAIN_OF(8)
PLAIN_OF(16)

DEFINE(void, __tsan_read_range, const void *p, size_t n)
{
	point_before((uintptr_t)p, n, false, false, CALLER);
}

DEFINE(void, __tsan_write_range, const void *p, size_t n)
{
	point_before((uintptr_t)p, n, true, false, CALLER);
}

DEFINE(void, __tsan_init, void)
{
}

/* What include/antler/explore.h makes a program call for copies.  Most copies
 * are made by the compiler itself, for example of a struct. */
DEFINE(void *, antler_program_memcpy, void *to, const void *from, size_t n)
{
	if (n != 0) {
		point_before((uintptr_t)from, n, false, false, CALLER);
		point_before((uintptr_t)to, n, true, false, CALLER);
	}
	return memcpy(to, from, n);
}

DEFINE(void *, antler_program_memmove, void *to, const void *from, size_t n)
{
	if (n != 0) {
		point_before((uintptr_t)from, n, false, false, CALLER);
		point_before((uintptr_t)to, n, true, false, CALLER);
	}
	return memmove(to, from, n);
}

DEFINE(void *, antler_program_memset, void *to, int c, size_t n)
{
	if (n != 0)
		point_before((uintptr_t)to, n, true, false, CALLER);
	return memset(to, c, n);
}

/* ---- atomic accesses ---- */

INLINE bool
acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

INLINE bool
releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
	    order == __ATOMIC_SEQ_CST;
}

/* Have a point before an atomic access to p, and tell what the access
 * orders. */
INLINE void
atomic_point(const volatile void *p, size_t size, bool write, int order,
    uintptr_t pc)
{
	const void *at = (const void *)(uintptr_t)p;

	point_before((uintptr_t)p, size, write, true, pc);
	if (acquires(order))
		order_acquire(at);
	if (write && releases(order))
		order_release(at);
}

#define ATOMIC_FETCH(type_, bits_, op_)                                     \
	DEFINE(type_, __tsan_atomic##bits_##_fetch_##op_,                   \
	    volatile type_ *p, type_ x, int order)                          \
	{                                                                   \
		atomic_point(p, sizeof(*p), true, order, CALLER);           \
		return FETCH_##bits_(op_, type_, p, x);                     \
	}

/* Words are changed by the instructions of the machine. */
#define FETCH_32(op_, type_, p, x) __atomic_fetch_##op_(p, x, __ATOMIC_SEQ_CST)
#define FETCH_64(op_, type_, p, x) FETCH_32(op_, type_, p, x)

/* Bytes and halves: there is one real hart, and nothing comes between a point
 * and the next. */
#define RESULT_add(a, b)  ((a) + (b))
#define RESULT_sub(a, b)  ((a) - (b))
#define RESULT_and(a, b)  ((a) & (b))
#define RESULT_or(a, b)   ((a) | (b))
#define RESULT_xor(a, b)  ((a) ^ (b))
#define RESULT_nand(a, b) (~((a) & (b)))
#define FETCH_8(op_, type_, p, x)                                           \
	({                                                                  \
		type_ old_ = *(p);                                          \
		*(p) = (type_)RESULT_##op_(old_, x);                        \
		old_;                                                       \
	})
#define FETCH_16(op_, type_, p, x) FETCH_8(op_, type_, p, x)

#define SWAP_32(type_, p, x) __atomic_exchange_n(p, x, __ATOMIC_SEQ_CST)
#define SWAP_64(type_, p, x) SWAP_32(type_, p, x)
#define SWAP_8(type_, p, x)                                                 \
	({                                                                  \
		type_ old_ = *(p);                                          \
		*(p) = (x);                                                 \
		old_;                                                       \
	})
#define SWAP_16(type_, p, x) SWAP_8(type_, p, x)

/* Compare and swap.  A failed one can only acquire, by its own order. */
#define ATOMIC_CAS(type_, bits_, name_)                                     \
	DEFINE(int, __tsan_atomic##bits_##_compare_exchange_##name_,        \
	    volatile type_ *p, type_ *expected, type_ x, int order,         \
	    int failed)                                                     \
	{                                                                   \
		type_ was;                                                  \
		point_before((uintptr_t)p, sizeof(*p), true, true, CALLER); \
		was = *p;                                                   \
		if (was != *expected) {                                     \
			if (acquires(failed))                               \
				order_acquire((const void *)(uintptr_t)p);  \
			*expected = was;                                    \
			return 0;                                           \
		}                                                           \
		if (acquires(order))                                        \
			order_acquire((const void *)(uintptr_t)p);          \
		if (releases(order))                                        \
			order_release((const void *)(uintptr_t)p);          \
		*p = x;                                                     \
		return 1;                                                   \
	}

#define ATOMIC_OF(type_, bits_)                                             \
	DEFINE(type_, __tsan_atomic##bits_##_load, const volatile type_ *p, \
	    int order)                                                      \
	{                                                                   \
		atomic_point(p, sizeof(*p), false, order, CALLER);          \
		return *p;                                                  \
	}                                                                   \
	DEFINE(void, __tsan_atomic##bits_##_store, volatile type_ *p,       \
	    type_ x, int order)                                             \
	{                                                                   \
		atomic_point(p, sizeof(*p), true, releases(order) ?         \
		    __ATOMIC_RELEASE : __ATOMIC_RELAXED, CALLER);           \
		*p = x;                                                     \
	}                                                                   \
	DEFINE(type_, __tsan_atomic##bits_##_exchange, volatile type_ *p,   \
	    type_ x, int order)                                             \
	{                                                                   \
		atomic_point(p, sizeof(*p), true, order, CALLER);           \
		return SWAP_##bits_(type_, p, x);                           \
	}                                                                   \
	ATOMIC_FETCH(type_, bits_, add)                                     \
	ATOMIC_FETCH(type_, bits_, sub)                                     \
	ATOMIC_FETCH(type_, bits_, and)                                     \
	ATOMIC_FETCH(type_, bits_, or)                                      \
	ATOMIC_FETCH(type_, bits_, xor)                                     \
	ATOMIC_FETCH(type_, bits_, nand)                                    \
	ATOMIC_CAS(type_, bits_, strong)                                    \
	ATOMIC_CAS(type_, bits_, weak)
ATOMIC_OF(uint8_t, 8)
ATOMIC_OF(uint16_t, 16)
ATOMIC_OF(uint32_t, 32)
ATOMIC_OF(uint64_t, 64)

/* One address stands for all fences.  So fences count as ordering more than
 * they do, and no race is reported where there is none. */
static const char all_fences;

DEFINE(void, __tsan_atomic_thread_fence, int order)
{
	point_before((uintptr_t)&all_fences, 1, true, true, CALLER);
	if (acquires(order))
		order_acquire(&all_fences);
	if (releases(order))
		order_release(&all_fences);
}

DEFINE(void, __tsan_atomic_signal_fence, int order)
{
	(void)order;
}
