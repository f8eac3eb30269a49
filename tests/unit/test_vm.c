/*
 * test_vm.c - the address space and its rights.
 *
 * Covers VM-1 to VM-3 by vm_check, tables that several harts make at once, and
 * that the hardware enforces what the tables say.  The test puts its own
 * handler before the fault hook, so that a fault that it provokes is only
 * noted.  Links the kernel.
 */
#include "kernel/vm.h"

#include "kernel/riscv.h"
#include "kernel/tlb.h"
#include "kernel/trap.h"
#include "tests/unit/crowd.h"

/* A page that no goroutine will get: the last window of all. */
#define SPARE_VA (VM_GSTACK_HI - PAGE_SIZE)

/* Two addresses that have no tables when the machine has booted. */
#define NEW_TABLES_VA (VM_GSTACK_HI - 4 * GIB)
#define NO_TABLES_VA (VM_GSTACK_HI - 8 * GIB)

static bool           (*fault_before)(struct trapframe *frame);
static ATOMIC(uint64_t) expected;	/* address whose fault is provoked */
static ATOMIC(uint64_t) cause;		/* of that fault, plus 1; 0 if none */

static bool
skip_expected(struct trapframe *frame)
{
	/* relaxed: on one hart; the others do not touch that address. */
	if (frame->value == load_relaxed(&expected) &&
	    load_relaxed(&expected) != UINT64_MAX) {
		store_relaxed(&cause, frame->cause + 1);
		/* A call of junk returns to its caller.  An access is skipped:
		 * the low bits of the instruction tell whether it has 2 or 4
		 * bytes. */
		if (frame->cause == CAUSE_FETCH_PAGE)
			frame->pc = frame->x[1];
		else
			frame->pc += (*(uint16_t *)frame->pc & 3) == 3 ? 4 : 2;
		return true;
	}
	return fault_before != NULL && fault_before(frame);
}

static void
expect_fault_at(uintptr_t va)
{
	if (trap_hooks.fault != skip_expected) {
		fault_before = trap_hooks.fault;
		trap_hooks.fault = skip_expected;
	}
	store_relaxed(&cause, 0);
	store_relaxed(&expected, va);
}

/* Returns the cause of the fault, or -1 if there was none. */
static long
end_expect(void)
{
	store_relaxed(&expected, UINT64_MAX);
	trap_hooks.fault = fault_before;
	return (long)load_relaxed(&cause) - 1;
}

static NOINLINE long
try_load(uintptr_t va)
{
	uint64_t x;

	expect_fault_at(va);
	__asm__ volatile("ld %0, 0(%1)" : "=r"(x) : "r"(va) : "memory");
	return end_expect();
}

static NOINLINE long
try_store(uintptr_t va)
{
	expect_fault_at(va);
	__asm__ volatile("sd zero, 0(%0)" : : "r"(va) : "memory");
	return end_expect();
}

static NOINLINE long
try_to_call(uintptr_t va)
{
	expect_fault_at(va);
	/* The compiler must not reason about va, even if it is NULL. */
	__asm__("" : "+r"(va));
	((void (*)(void))va)();
	return end_expect();
}

KTEST(vm, the_tables_are_sound_and_nothing_is_writable_and_executable)
{
	EXPECT(t, vm_check() > 0);
}

KTEST(vm, the_machine_uses_the_largest_address_space_it_may)
{
	uint64_t mode = CSR_READ(satp) >> 60;

	EXPECT_EQ(t, mode, vm_is_wide() ? 9 : 8);
	if (!vm_is_wide())
		return;
	EXPECT(t, vm_prepare(VM_WIDE_HI - PAGE_SIZE) != NULL);
	EXPECT(t, vm_frame(VM_WIDE_HI - PAGE_SIZE) == NULL);
	EXPECT_EQ(t, try_load(VM_WIDE_HI - PAGE_SIZE), CAUSE_LOAD_PAGE);
}

static ATOMIC(uint32_t) ntables;	/* harts whose entry differed */
static ATOMIC(uint64_t) first_leaf;

static void
prepare_the_same(struct ktest *t, uint32_t i)
{
	void    *frames[VM_TABLES_MAX];
	uint32_t nframes = 0;
	uint64_t leaf, first = 0;

	(void)i;
	while (nframes < VM_TABLES_MAX)
		frames[nframes++] = page_alloc(1);
	leaf = (uint64_t)vm_prepare_from(NEW_TABLES_VA, frames, &nframes);
	if (!cas_release(&first_leaf, &first, leaf) && first != leaf)
		add_relaxed(&ntables, 1);	/* relaxed: read at the end */
	EXPECT(t, leaf != 0);
	while (nframes > 0)
		page_free(frames[--nframes], 1);
}

KTEST(vm, harts_that_make_the_same_tables_at_once_get_the_same_entry)
{
	vm_pte *leaf;

	store_relaxed(&ntables, 0);
	store_relaxed(&first_leaf, 0);
	ktest_on_every_hart(t, prepare_the_same);
	EXPECT_EQ(t, load_relaxed(&ntables), 0);
	leaf = vm_leaf(NEW_TABLES_VA);
	EXPECT(t, (uint64_t)leaf == load_relaxed(&first_leaf));
	EXPECT(t, vm_leaf_frame(leaf) == NULL);
	vm_check();
	page_check();
}

KTEST(vm, tables_are_not_made_of_too_few_frames)
{
	void    *no_frame = NULL;
	uint32_t none = 0;

	EXPECT(t, vm_prepare_from(NO_TABLES_VA, &no_frame, &none) == NULL);
	EXPECT(t, vm_leaf(NO_TABLES_VA) == NULL);
}

KTEST(vm, page_0_is_not_there)
{
	EXPECT(t, vm_frame(0) == NULL);
	EXPECT_EQ(t, try_load(0), CAUSE_LOAD_PAGE);
	EXPECT_EQ(t, try_store(8), CAUSE_STORE_PAGE);
	EXPECT_EQ(t, try_to_call(0), CAUSE_FETCH_PAGE);
}

static const uint64_t a_constant = 42;
static uint64_t       some_data[2];

KTEST(vm, text_cannot_be_written)
{
	EXPECT_EQ(t, try_store((uintptr_t)try_store & ~7UL), CAUSE_STORE_PAGE);
	EXPECT_EQ(t, try_load((uintptr_t)try_store & ~7UL), -1);
}

KTEST(vm, constants_cannot_be_written_or_run)
{
	EXPECT_EQ(t, try_store((uintptr_t)&a_constant), CAUSE_STORE_PAGE);
	EXPECT_EQ(t, try_to_call((uintptr_t)&a_constant), CAUSE_FETCH_PAGE);
	EXPECT_EQ(t, a_constant, 42);
}

KTEST(vm, data_and_stacks_cannot_be_run)
{
	uint64_t on_stack[2] = { 0 };
	void    *in_heap = gc_new_bytes(64);

	EXPECT_EQ(t, try_to_call((uintptr_t)some_data), CAUSE_FETCH_PAGE);
	EXPECT_EQ(t, try_to_call((uintptr_t)on_stack), CAUSE_FETCH_PAGE);
	EXPECT_EQ(t, try_to_call((uintptr_t)in_heap), CAUSE_FETCH_PAGE);
	EXPECT_EQ(t, try_store((uintptr_t)some_data), -1);
}

static uint64_t *spare = (uint64_t *)SPARE_VA;

static void
expect_mark(struct ktest *t, uint32_t i)
{
	(void)i;
	EXPECT_EQ(t, *spare, 4711);
}

static ATOMIC(uint32_t) no_fault;	/* harts that could still read it */

static void
expect_nothing(struct ktest *t, uint32_t i)
{
	static struct gate turn;

	/* The harts take turns, because the hook serves one hart at a time. */
	if (i == 0)
		store_release(&turn.n, 0);
	(void)t;
	while (load_acquire(&turn.n) != i)
		cpu_relax();
	if (try_load(SPARE_VA) != CAUSE_LOAD_PAGE)
		add_relaxed(&no_fault, 1);	/* relaxed: read at the end */
	add_release(&turn.n, 1);
}

KTEST(vm, every_hart_sees_a_page_come_and_go)
{
	void *frame = page_alloc(1);

	if (!EXPECT(t, frame != NULL && vm_prepare(SPARE_VA) != NULL))
		return;
	EXPECT(t, vm_frame(SPARE_VA) == NULL);
	for (int round = 0; round < 5; round++) {
		store_relaxed(&no_fault, 0);
		vm_map(SPARE_VA, frame, VM_RW);
		EXPECT(t, vm_frame(SPARE_VA) == frame);
		*spare = 4711;
		ktest_on_every_hart(t, expect_mark);
		EXPECT(t, vm_unmap(SPARE_VA) == frame);
		tlb_flush(SPARE_VA, PAGE_SIZE);
		ktest_on_every_hart(t, expect_nothing);
		EXPECT_EQ(t, load_relaxed(&no_fault), 0);
		vm_check();
	}
	EXPECT(t, vm_unmap(SPARE_VA) == NULL);
	page_free(frame, 1);
}
