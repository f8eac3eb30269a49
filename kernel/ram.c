/*
 * ram.c - which RAM is free: the memory that the device tree lists, without the
 * ranges that the tree or the boot reserves.
 *
 * Both lists come from outside, so their ranges may overlap, touch, be empty,
 * and stand in any order.  The lists are short, so each function walks all of
 * them.
 */
#include "kernel/ram.h"

#include "kernel/page.h"
#include "kernel/virtual.h"
#include "kernel/vm.h"

/* Returns at, or if at is in a reserved range, the first free page above it. */
static uintptr_t
skip_reserved(uintptr_t at)
{
	for (uint32_t i = 0; i < platform.nreserved; i++) {
		const struct range *r = &platform.reserved[i];

		if (at >= ROUND_DOWN(r->base, PAGE_SIZE) &&
		    at < r->base + r->len)
			return skip_reserved(ROUND_UP(r->base + r->len,
			    PAGE_SIZE));
	}
	return at;
}

/* Returns the end of the free part of [lo, hi), which is RAM and free at lo. */
static uintptr_t
until_reserved(uintptr_t lo, uintptr_t hi)
{
	for (uint32_t i = 0; i < platform.nreserved; i++) {
		uintptr_t base = ROUND_DOWN(platform.reserved[i].base,
		    PAGE_SIZE);

		if (platform.reserved[i].len > 0 && base > lo && base < hi)
			hi = base;
	}
	return hi;
}

bool
ram_next_free(uintptr_t from, struct range *out)
{
	uintptr_t lo = UINTPTR_MAX, hi = 0;

	for (uint32_t i = 0; i < platform.nram; i++) {
		uintptr_t base = ROUND_UP(MAX(platform.ram[i].base, from),
		    PAGE_SIZE);
		uintptr_t end = ROUND_DOWN(platform.ram[i].base +
		    platform.ram[i].len, PAGE_SIZE);

		base = skip_reserved(MAX(base, (uintptr_t)PAGE_SIZE));
		end = MIN(end, VIRTUAL ? ram_world_end() : VM_IDENTITY_HI);
		if (base < end && base < lo) {
			lo = base;
			hi = end;
		}
	}
	if (hi == 0)
		return false;
	out->base = lo;
	out->len = until_reserved(lo, hi) - lo;
	return true;
}

size_t
ram_total(void)
{
	size_t total = 0;

	for (uint32_t i = 0; i < platform.nram; i++)
		total += platform.ram[i].len;
	return total;
}

uintptr_t
ram_world_end(void)
{
	const struct range *first = &platform.ram[0];

	return ROUND_DOWN(first->base + first->len / 4, 2 * MIB);
}

bool
ram_next_above_world(struct range *out)
{
	const struct range *first = &platform.ram[0];
	uintptr_t lo = ram_world_end();

	lo = skip_reserved(lo);
	out->base = lo;
	out->len = until_reserved(lo, first->base + first->len) - lo;
	return lo < first->base + first->len;
}
