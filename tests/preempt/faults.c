/*
 * faults.c - see faults.h.
 */
#include "tests/preempt/faults.h"

#include "lib/str.h"

static volatile uint64_t sink;

static void
load(void *addr)
{
	sink = *(volatile uint64_t *)addr;
}

static void
store(void *addr)
{
	*(volatile uint32_t *)addr = 1;
}

static void
jump(void *addr)
{
	void (*volatile fn)(void) = (void (*)(void))addr;

	fn();
	sink = 1;
}

static void
execute_nothing(void *addr)
{
	(void)addr;
	__asm__ volatile("unimp");
}

static void
trap(void *addr)
{
	(void)addr;
	__asm__ volatile("ebreak");
}

static void
add_atomically(void *addr)
{
	__asm__ volatile("amoadd.d zero, zero, (%0)" : : "r"((char *)addr + 1));
}

static void
measure(void *addr)
{
	sink = strlen(addr);
}

static void
copy(void *addr)
{
	char from[100] = "";

	memcpy(addr, from, sizeof(from));
	sink = 1;
}

static void
format_it(void *addr)
{
	char text[40];

	sink = (uint64_t)format(text, sizeof(text), "%s", (char *)addr);
}

static void
print_it(void *addr)
{
	print("%s", (char *)addr);
}

static void
fault_in_deferred(void *addr)
{
	defer(load, addr);
	go_panic("not this one");
}

#define MEMORY "invalid memory address or nil pointer dereference"

const struct wrong wrongs[] = {
	{ "load", load, MEMORY, true, false },
	{ "store", store, MEMORY, true, false },
	{ "jump", jump, MEMORY, true, false },
	{ "illegal", execute_nothing, "illegal instruction", false, false },
	{ "ebreak", trap, "trap instruction", false, false },
	/* The address is misaligned or unmapped, as the machine likes. */
	{ "amo", add_atomically, NULL, false, false },
	{ "strlen", measure, MEMORY, true, false },
	{ "memcpy", copy, MEMORY, false, false },
	{ "format", format_it, MEMORY, true, true },
	{ "print", print_it, MEMORY, true, true },
	{ "deferred", fault_in_deferred, MEMORY, true, false },
};
const uint32_t nwrongs = ARRAY_LEN(wrongs);

void
fault_spoiling(void *addr)
{
	SPOIL_SAVED_REGISTERS();
	load(addr);
}
