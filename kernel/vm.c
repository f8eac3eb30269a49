/*
 * vm.c - the one address space of all harts (privileged specification, 4.4 and
 * 4.5: Sv39 and Sv48).
 *
 * vm_init writes the mode Sv48 to satp to find out whether the machine has it:
 * a write of a mode that the machine does not have leaves satp as it was.  With
 * Sv48 the root of Sv39, which has been filled by then, becomes the first table
 * below the new root.  The variable upper points to the table of level 2 for
 * the top 256 GiB of addresses, where all stacks of the common layout lie.  In
 * Sv39 that table is the root.  So a walk there takes three steps in both
 * modes.
 *
 * All entries are global, since there is only one address space, and have A and
 * D set, so no hart ever writes to a table to note an access.
 *
 *	VM-1	Tables above the leaves are only ever added, by CAS, never taken
 *		away or replaced.  So a walk needs no lock, an entry that it has
 *		found stays valid, and a trap may add a table no matter what
 *		code it has interrupted.
 *	VM-2	A leaf entry belongs to the owner of the page at its address;
 *		only that owner changes it.
 *	VM-3	No leaf is both writable and executable.
 *	VM-4	A leaf entry is 0, or mapped (PTE_V), or condemned: the value
 *		that it had when it was mapped, without PTE_V.
 *	VM-5	The fenced root maps the same pages as the first root, except
 *		that text of programs has no X.  It has its own copies of the
 *		tables on the way to that text, and shares all other tables.  A
 *		new table is entered into the copy first, so a walk that finds
 *		it in the original would find it in the copy, too.  Leaf entries
 *		in tables that are copied never change; in an explore image they
 *		map no page whose writes are recorded (linker.ld).
 */
#include "kernel/vm.h"

#include "kernel/bootargs.h"
#include "kernel/hart.h"
#include "kernel/platform.h"
#include "kernel/ram.h"
#include "kernel/riscv.h"
#include "kernel/virtual.h"
#include "lib/check.h"
#include "lib/str.h"

enum {
	PTE_V = 1 << 0, PTE_G = 1 << 5, PTE_A = 1 << 6, PTE_D = 1 << 7,
	PTE_RWX = VM_R | VM_W | VM_X,
	PTE_PPN_SHIFT = 10,
};

/* Levels of tables: level 0 has the leaves of single pages; level 2 is the root
 * in Sv39, level 3 in Sv48. */
enum { TABLE_LEN = 512, TOP_SV39 = 2, TOP_SV48 = 3 };

#define SATP_MODE_SHIFT 60
#define SATP_SV39 (8UL << SATP_MODE_SHIFT)
#define SATP_SV48 (9UL << SATP_MODE_SHIFT)

uint64_t vm_satp;
uint64_t vm_satp_fenced;

/* All [I] after vm_init. */
static vm_pte   *root;
static vm_pte   *fenced;	/* VM-5; at first equal to root */
static unsigned  top = TOP_SV39;	/* level of root and fenced */
static vm_pte   *upper;		/* table of level 2, for VM_KSTACK_LO and
				 * above */

static uintptr_t kstack_end;	/* next free address for hart stacks */
static bool      only_sv39;	/* SATP=sv39 */

static bool
parse_satp(const char *value)
{
	only_sv39 = strcmp(value, "sv39") == 0;
	return only_sv39 || strcmp(value, "sv48") == 0;
}
EARLY_BOOTARG(satp, "SATP", "sv39 or sv48  the largest address space to use "
    "(default: sv48, where there is one)", parse_satp);

/* linker.ld */
extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[];
extern char __app_text_start[], __app_text_end[];

/* ---- Entries ------------------------------------------------------------ */

static uint64_t
pte_of(uintptr_t pa, uint64_t flags)
{
	return pa >> PAGE_SHIFT << PTE_PPN_SHIFT | flags | PTE_V;
}

static uintptr_t
pte_addr(uint64_t pte)
{
	return pte >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static bool
pte_is_leaf(uint64_t pte)
{
	return (pte & PTE_RWX) != 0;
}

static uint64_t
leaf_flags(enum vm_prot prot)
{
	return prot | PTE_G | PTE_A | PTE_D;
}

/* Returns how many bytes one entry of a table of level maps. */
static size_t
entry_span(unsigned level)
{
	return (size_t)PAGE_SIZE << 9 * level;
}

/* Returns the entry for va in table, which is of level. */
static vm_pte *
entry_in(vm_pte *table, uintptr_t va, unsigned level)
{
	return &table[va / entry_span(level) % TABLE_LEN];
}

/* Returns the entry for va at level, found from table, which is of level from;
 * NULL if there is no table of that level for va. */
INLINE vm_pte *
walk(vm_pte *table, uintptr_t va, unsigned from, unsigned level)
{
	for (unsigned at = from; at > level; at--) {
		/* acquire: pairs with cas_release in make_table. */
		uint64_t pte = load_acquire(entry_in(table, va, at));

		if (!(pte & PTE_V) || pte_is_leaf(pte))
			return NULL;
		table = (vm_pte *)pte_addr(pte);
	}
	return entry_in(table, va, level);
}

/* Returns the leaf entry of va, or NULL if there is no table for it.  Any
 * hart. */
static vm_pte *
find_leaf(uintptr_t va)
{
	/* Most stacks lie here.  The compiler unrolls this walk, because its
	 * levels are constants. */
	if (LIKELY(va >= VM_KSTACK_LO))
		return walk(upper, va, TOP_SV39, 0);
	return walk(root, va, top, 0);
}

/*
 * Make the table below *entry, which has none.  Its memory is the last of the
 * *nframes frames or, if frames is NULL, comes from page_alloc.  twin is the
 * entry of the fenced table that is to lead to the new table as well, or entry
 * itself.  Returns the table, which is another hart's if that hart was quicker,
 * or NULL if there is no frame.
 */
static vm_pte *
make_table(vm_pte *entry, vm_pte *twin, void **frames, uint32_t *nframes)
{
	uint64_t old = 0, pte;
	void    *page;

	if (frames == NULL)
		page = page_alloc(1);
	else
		page = *nframes > 0 ? frames[--*nframes] : NULL;
	if (page == NULL)
		return NULL;
	memset(page, 0, PAGE_SIZE);
	pte = pte_of((uintptr_t)page, 0);
	/* release: pairs with load_acquire in walk and with the walkers of all
	 * harts. */
	if (!cas_release(twin, &old, pte)) {
		if (frames == NULL)
			page_free(page, 1);
		else
			frames[(*nframes)++] = page;
		/* acquire: as in walk. */
		pte = load_acquire(twin);
	}
	/* release: as above.  All harts that come here for this entry store the
	 * same value (VM-5). */
	store_release(entry, pte);
	return (vm_pte *)pte_addr(pte);
}

/* Make the tables that are missing above the entry for va at level, with frames
 * as in make_table.  Returns that entry, or NULL if there is no frame or va
 * lies in a large page.  Any hart. */
static vm_pte *
make_entry(uintptr_t va, unsigned level, void **frames, uint32_t *nframes)
{
	vm_pte *table = root, *twin = fenced;

	for (unsigned at = top; at > level; at--) {
		vm_pte  *entry = entry_in(table, va, at);
		vm_pte  *also = entry_in(twin, va, at);
		/* acquire: as in walk, here and below. */
		uint64_t pte = load_acquire(entry);

		if (!(pte & PTE_V)) {
			table = twin = make_table(entry, also, frames, nframes);
			if (table == NULL)
				return NULL;
		} else if (pte_is_leaf(pte)) {
			return NULL;
		} else {
			table = (vm_pte *)pte_addr(pte);
			twin = (vm_pte *)pte_addr(load_acquire(also));
		}
	}
	return entry_in(table, va, level);
}

/* ---- Boot --------------------------------------------------------------- */

/* Must the page at va be mapped by an entry of its own?  In an explore image
 * the pages of the world must, because writes to them are recorded page by page
 * (vm_dirty.h). */
static bool
has_small_pages(uintptr_t va)
{
	return VIRTUAL && va >= (uintptr_t)__rodata_end && va < ram_world_end();
}

/* Map the whole pages [lo, hi) at their own addresses, with the largest leaves
 * that fit.  Pages that are mapped already stay as they are. */
static void
map_identity(uintptr_t lo, uintptr_t hi, enum vm_prot prot)
{
	while (lo < hi) {
		unsigned level = top;
		vm_pte  *entry;

		while (lo % entry_span(level) != 0 ||
		    hi - lo < entry_span(level))
			level--;
		if (has_small_pages(lo))
			level = 0;
		entry = make_entry(lo, level, NULL, NULL);
		if (entry == NULL)
			panic("vm: cannot map %p", (void *)lo);
		/* relaxed: no hart walks the tables yet. */
		if (load_relaxed(entry) == 0)
			store_relaxed(entry, pte_of(lo, leaf_flags(prot)));
		lo += entry_span(level);
	}
}

/* Map RAM [lo, hi): the sections of the image with the rights that each needs,
 * the rest RW. */
static void
map_ram(uintptr_t lo, uintptr_t hi)
{
	const struct {
		uintptr_t    end;
		enum vm_prot prot;
	} parts[] = {
		{ (uintptr_t)__text_start, VM_RW },
		/* Text of programs is mapped apart, so that no large page has
		 * other text as well. */
		{ (uintptr_t)__app_text_start, VM_RX },
		{ (uintptr_t)__app_text_end, VM_RX },
		{ (uintptr_t)__text_end, VM_RX },
		{ (uintptr_t)__rodata_start, VM_RW },
		{ (uintptr_t)__rodata_end, VM_R },
		{ VM_IDENTITY_HI, VM_RW },
	};

	lo = MAX(lo, (uintptr_t)PAGE_SIZE);
	for (unsigned i = 0; i < ARRAY_LEN(parts) && lo < hi; i++) {
		uintptr_t end = MIN(hi, parts[i].end);

		if (lo < end) {
			map_identity(lo, end, parts[i].prot);
			lo = end;
		}
	}
}

static void
map_device(struct range r)
{
	if (r.len > 0)
		map_identity(ROUND_DOWN(r.base, PAGE_SIZE),
		    ROUND_UP(r.base + r.len, PAGE_SIZE), VM_RW);
}

/* Returns a new table without entries.  Boot. */
static vm_pte *
new_table(void)
{
	vm_pte *table = page_alloc(1);

	CHECK(table != NULL);
	memset(table, 0, PAGE_SIZE);
	return table;
}

/* Let this hart use table as the root, in the mode that the value mode of satp
 * stands for.  Returns false, with satp unchanged, if the machine does not have
 * that mode. */
static bool
turn_on(vm_pte *table, uint64_t mode)
{
	vm_satp = mode | (uintptr_t)table >> PAGE_SHIFT;
	vm_activate();
	return CSR_READ(satp) == vm_satp;
}

/* Put a new root of Sv48 above root, which so far has only the identity
 * mapping; make the table upper below it, for the top of the address space; and
 * turn the new root on.  Returns false, with root unchanged, if the machine has
 * no Sv48. */
static bool
turn_on_sv48(void)
{
	vm_pte *above = new_table();

	/* relaxed: no hart walks the tables yet. */
	store_relaxed(&above[0], pte_of((uintptr_t)root, 0));
	if (!turn_on(above, SATP_SV48)) {
		page_free(above, 1);
		return false;
	}
	upper = new_table();
	root = above;
	top = TOP_SV48;
	/* relaxed: no hart uses these addresses yet; the fence below, and that
	 * of vm_activate on other harts, make the entry visible. */
	store_relaxed(entry_in(root, VM_KSTACK_LO, top),
	    pte_of((uintptr_t)upper, 0));
	sfence_vma_all();
	return true;
}

/* ---- The fenced table ---- */

static vm_pte *
copy_of(const vm_pte *table)
{
	vm_pte *copy = new_table();

	memcpy(copy, table, PAGE_SIZE);
	return copy;
}

/* Take X from the entries for [lo, hi) in table, which is of level and a copy
 * that no hart uses yet.  Tables below it that map a part of [lo, hi) are
 * replaced by copies first.  Boot. */
static void
fence_in(vm_pte *table, uintptr_t lo, uintptr_t hi, unsigned level)
{
	uintptr_t next;

	for (; lo < hi; lo = next) {
		vm_pte  *entry = entry_in(table, lo, level);
		/* relaxed: no hart walks it yet, here and below. */
		uint64_t pte = load_relaxed(entry);

		next = MIN(hi, ROUND_DOWN(lo, entry_span(level)) +
		    entry_span(level));
		if (pte_is_leaf(pte)) {
			store_relaxed(entry, pte & ~(uint64_t)VM_X);
		} else {
			vm_pte *below = copy_of((vm_pte *)pte_addr(pte));

			fence_in(below, lo, next, level - 1);
			store_relaxed(entry, pte_of((uintptr_t)below, 0));
		}
	}
}

/* Make the fenced table, after everything that stays mapped for ever is mapped.
 * Boot. */
static void
make_fenced(void)
{
	vm_pte *copy = copy_of(root);

	fence_in(copy, (uintptr_t)__app_text_start, (uintptr_t)__app_text_end,
	    top);
	fenced = copy;
	vm_satp_fenced = vm_satp >> SATP_MODE_SHIFT << SATP_MODE_SHIFT |
	    (uintptr_t)fenced >> PAGE_SHIFT;
}

void
vm_init(void)
{
	root = fenced = upper = new_table();
	for (uint32_t i = 0; i < platform.nram; i++) {
		struct range r = platform.ram[i];

		map_ram(ROUND_UP(r.base, PAGE_SIZE),
		    ROUND_DOWN(r.base + r.len, PAGE_SIZE));
	}
	map_device(platform.uart);
	map_device(platform.irqc_regs);
	map_device(platform.imsic);
	map_device(platform.finisher);

	kstack_end = VM_KSTACK_LO;
	if ((only_sv39 || !turn_on_sv48()) && !turn_on(root, SATP_SV39))
		panic("vm: this machine has no Sv39");
	make_fenced();
}

bool
vm_is_wide(void)
{
	return top == TOP_SV48;
}

void
vm_activate(void)
{
	sfence_vma_all();
	vm_use(vm_satp);
}

void
vm_use(uint64_t satp)
{
	CSR_WRITE(satp, satp);
	/* Entries are global and both tables have one ASID, so the hart must
	 * forget the translations of the table that it used before (privileged
	 * specification, 4.2.1). */
	sfence_vma_all();
}

/* ---- Single pages ------------------------------------------------------- */

vm_pte *
vm_prepare(uintptr_t va)
{
	vm_pte *leaf = find_leaf(va);

	return leaf != NULL ? leaf : make_entry(va, 0, NULL, NULL);
}

vm_pte *
vm_prepare_from(uintptr_t va, void **frames, uint32_t *nframes)
{
	return make_entry(va, 0, frames, nframes);
}

vm_pte *
vm_leaf(uintptr_t va)
{
	return find_leaf(va);
}

void
vm_map(uintptr_t va, void *frame, enum vm_prot prot)
{
	vm_map_leaf(vm_leaf(va), frame, prot);
}

void
vm_map_leaf(vm_pte *leaf, void *frame, enum vm_prot prot)
{
	ASSERT((prot & (VM_W | VM_X)) != (VM_W | VM_X));	/* VM-3 */
	/* relaxed: the caller owns the entry (VM-2). */
	CHECK(leaf != NULL && load_relaxed(leaf) == 0);
	/* release: pairs with load_acquire in leaf_value and with the walkers
	 * of other harts: they see what we wrote to the frame. */
	store_release(leaf, pte_of((uintptr_t)frame, leaf_flags(prot)));
}

void *
vm_unmap(uintptr_t va)
{
	vm_pte *leaf = find_leaf(va);
	void *frame = vm_leaf_frame(leaf);

	if (frame != NULL)
		/* relaxed: the step that makes all harts forget the translation
		 * orders this store. */
		store_relaxed(leaf, 0);
	return frame;
}

bool
vm_condemn(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);
	/* relaxed: the caller owns the entry (VM-2). */
	uint64_t pte = leaf != NULL ? load_relaxed(leaf) : 0;

	if (!(pte & PTE_V))
		return false;
	/* relaxed: as in vm_unmap. */
	store_relaxed(leaf, pte & ~(uint64_t)PTE_V);
	return true;
}

bool
vm_reprieve(uintptr_t va)
{
	vm_pte *leaf = vm_leaf(va);
	/* relaxed: the caller owns the entry (VM-2). */
	uint64_t pte = leaf != NULL ? load_relaxed(leaf) : 0;

	if (pte != 0 && !(pte & PTE_V))
		/* release: as in vm_map_leaf.  The frame has not changed. */
		store_release(leaf, pte | PTE_V);
	return pte != 0;
}

static uint64_t
leaf_value(const vm_pte *leaf)
{
	/* acquire: pairs with store_release in vm_map_leaf. */
	return leaf != NULL ? load_acquire(leaf) : 0;
}

bool
vm_is_mapped(uintptr_t va)
{
	return (leaf_value(vm_leaf(va)) & PTE_V) != 0;
}

void *
vm_leaf_frame(const vm_pte *leaf)
{
	uint64_t pte = leaf_value(leaf);

	return pte != 0 ? (void *)pte_addr(pte) : NULL;
}

void *
vm_frame(uintptr_t va)
{
	return vm_leaf_frame(vm_leaf(va));
}

/* ---- Stacks of the harts ------------------------------------------------ */

uintptr_t
vm_kernel_stack(size_t npages)
{
	size_t    len = npages * PAGE_SIZE;
	uintptr_t lo = ROUND_UP(kstack_end + PAGE_SIZE, len);

	ASSERT((npages & (npages - 1)) == 0);
	CHECK(lo + len <= VM_GSTACK_LO);
	kstack_end = lo + len;
	for (size_t at = 0; at < len; at += PAGE_SIZE) {
		void *frame = page_alloc(1);

		if (frame == NULL || vm_prepare(lo + at) == NULL)
			panic("vm: no memory for the stack of a hart");
		vm_map(lo + at, frame, VM_RW);
	}
	return lo + len;
}

bool
vm_is_kernel_guard(uintptr_t va)
{
	return va >= VM_KSTACK_LO && va < kstack_end && vm_frame(va) == NULL;
}

/* ---- Checks ------------------------------------------------------------- */

/* Check VM-3, VM-4 and the flags of all entries of table, which is of level.
 * Returns the number of leaf entries in it and below. */
/* Check VM-3, VM-4 and the flags of all entries of table, which is of level.
 * Returns the number of leaf entries in it and below. */
/* Check VM-3, VM-4 and the flags of all entries of table, which is of level.
 * Returns the number of leaf entries in it and below. */
static size_t
check_table(vm_pte *table, unsigned level)
{
	size_t leaves = 0;

	for (unsigned i = 0; i < TABLE_LEN; i++) {
		/* acquire: pairs with store_release in make_table. */
		uint64_t pte = load_acquire(&table[i]);

		if (!(pte & PTE_V)) {
			CHECK(pte == 0 || (level == 0 && pte_is_leaf(pte)));
		} else if (pte_is_leaf(pte)) {
			CHECK((pte & (VM_W | VM_X)) != (VM_W | VM_X));
			CHECK(pte & PTE_G && pte & PTE_A && pte & PTE_D);
			CHECK(pte_addr(pte) % entry_span(level) == 0);
			leaves++;
		} else {
			CHECK(level > 0);
			leaves += check_table((vm_pte *)pte_addr(pte),
			    level - 1);
		}
	}
	return leaves;
}

/* Check VM-5 for table, which is of level and maps addresses from lo on, and
 * for twin, which the fenced root has in its place. */
static void
check_twins(vm_pte *table, vm_pte *twin, uintptr_t lo, unsigned level)
{
	for (unsigned i = 0; i < TABLE_LEN; i++, lo += entry_span(level)) {
		/* acquire: pairs with store_release in make_table. */
		uint64_t pte = load_acquire(&table[i]);
		uint64_t other = load_acquire(&twin[i]);
		bool     fence = lo >= (uintptr_t)__app_text_start &&
		    lo < (uintptr_t)__app_text_end;

		if (!(pte & PTE_V))
			continue;
		if (pte_is_leaf(pte))
			CHECK(other == (fence ? pte & ~(uint64_t)VM_X : pte));
		else if (other != pte)
			check_twins((vm_pte *)pte_addr(pte),
			    (vm_pte *)pte_addr(other), lo, level - 1);
	}
}

size_t
vm_check(void)
{
	CHECK(vm_frame(0) == NULL);
	check_twins(root, fenced, 0, top);
	return check_table(root, top);
}
