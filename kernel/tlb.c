/*
 * tlb.c - making harts forget translations; see tlb.h.
 *
 * Memory order.  A hart that changes an entry of a page table and then begins
 * an epoch publishes the change by a store-release of the epoch's number.  A
 * hart that catches up acquires the number, so it sees the change before its
 * sfence.vma, which orders the change before all later walks of the tables
 * (privileged specification, 4.2.1).  The hart then publishes this by a
 * store-release of hart->epoch.  A hart that acquires that value knows that
 * everything the first hart stored through old translations has arrived in
 * memory, and that the first hart will store nothing more through them.
 */
#include "kernel/tlb.h"

#include "kernel/page.h"
#include "kernel/riscv.h"
#include "kernel/sbi.h"
#include "kernel/syncpoint.h"
#include "kernel/virtual.h"

/* For a longer range, forgetting all translations is cheaper. */
enum { FLUSH_SINGLY_MAX = 16 * PAGE_SIZE };

/* Harts that one call of the firmware can name. */
enum { MASK_BITS = 64 };

/* Field key: [a] atomic */
static ATOMIC(uint32_t) epoch;		/* [a] number of the current epoch */
static ATOMIC(uint64_t) fences;		/* [a] a statistic */

static void
remote_fence(uint64_t mask, uint64_t base, uintptr_t va, size_t len)
{
	/* relaxed: a statistic. */
	add_relaxed(&fences, 1);
	if (VIRTUAL)
		sfence_vma_all();	/* the virtual harts share one TLB */
	else
		sbi_remote_sfence(mask, base, va, len);
}

void
tlb_flush(uintptr_t va, size_t len)
{
	if (nharts_online > 1)
		remote_fence(0, SBI_ALL_HARTS, va, len);
	if (len == 0 || len > FLUSH_SINGLY_MAX) {
		sfence_vma_all();
		return;
	}
	for (size_t at = 0; at < len; at += PAGE_SIZE)
		sfence_vma(va + at);
}

void
tlb_forget(void)
{
	sfence_vma_all();
}

/* ---- epochs ---- */

void
tlb_epoch_begin(void)
{
	/* release: pairs with load_acquire in tlb_catch_up; a hart that sees
	 * the new number sees the changed entries. */
	store_release(&epoch, load_relaxed(&epoch) + 1);
}

void
tlb_catch_up(void)
{
	struct hart *hart = this_hart();
	/* acquire: pairs with store_release in tlb_epoch_begin. */
	uint32_t now = load_acquire(&epoch);

	/* relaxed: only this hart stores it. */
	if (load_relaxed(&hart->epoch) == now)
		return;
	if (!FAULT(tlb_keeps_translations))
		sfence_vma_all();
	/* release: pairs with load_acquire in is_late (TLB-1). */
	store_release(&hart->epoch, now);
}

static bool
is_late(const struct hart *hart)
{
	/* relaxed: the caller has seen the epoch begin.  acquire: pairs with
	 * store_release in tlb_catch_up (TLB-1). */
	return load_acquire(&hart->epoch) != load_relaxed(&epoch);
}

/* Interrupt as many harts of the set late (a bit for each index) as one call of
 * the firmware can name, and clear their bits. */
static void
fence_some(uint64_t late[HART_MAX / 64])
{
	uint64_t mask = 0, base = UINT64_MAX;

	for (uint32_t i = 0; i < nharts_online; i++)
		if (late[i / 64] & 1UL << i % 64)
			base = MIN(base, (uint64_t)harts[i]->id);
	for (uint32_t i = 0; i < nharts_online; i++) {
		uint64_t bit = 1UL << i % 64, at = harts[i]->id - base;

		if ((late[i / 64] & bit) == 0 || at >= MASK_BITS)
			continue;
		mask |= 1UL << at;
		late[i / 64] &= ~bit;
	}
	remote_fence(mask, base, 0, 0);
}

bool
tlb_flush_late(bool (*may_touch)(const struct hart *hart))
{
	uint64_t late[HART_MAX / 64] = { 0 };
	bool any = false;

	for (uint32_t i = 0; i < nharts_online; i++)
		if (may_touch(harts[i]) && is_late(harts[i])) {
			late[i / 64] |= 1UL << i % 64;
			any = true;
		}
	while ((late[0] | late[1]) != 0)
		fence_some(late);
	return any;
}

uint64_t
tlb_remote_fences(void)
{
	/* relaxed: a statistic. */
	return load_relaxed(&fences);
}
