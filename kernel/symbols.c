/*
 * symbols.c - looking up the table that tools/mksyms leaves in .symbols.  Its
 * layout is described in tools/mksyms.  The table is empty in the first of the
 * two links, and then no address has a name.
 */
#include "kernel/symbols.h"

#include "lib/str.h"

extern const uint32_t __symbols_start[], __symbols_end[];
extern const char     __text_start[], __text_end[];
extern const char     __data_start[], __image_end[];

/* The three parts of the table. */
struct symtab {
	uint32_t        n;
	const uint32_t *offset;		/* from __text_start, rising */
	const uint32_t *name;		/* from the start of names */
	const char     *names;
};

static struct symtab
symtab_get(void)
{
	struct symtab t = { .n = 0 };

	/* As integers, because the compiler may assume that the addresses of
	 * two arrays differ. */
	if ((uintptr_t)__symbols_start == (uintptr_t)__symbols_end)
		return t;
	t.n = __symbols_start[0];
	t.offset = __symbols_start + 1;
	t.name = t.offset + t.n;
	t.names = (const char *)(t.name + t.n);
	return t;
}

/* Find the last symbol that begins at addr or below, but not below first.
 * Returns its name, or NULL. */
static const char *
last_from(const char *first, uintptr_t addr, uintptr_t *offset)
{
	struct symtab t = symtab_get();
	uint32_t      lo = 0, hi = t.n;

	addr -= (uintptr_t)__text_start;
		/* Symbols below lo begin at or below addr; those from hi on,
		 * above addr. */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t.offset[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || t.offset[lo - 1] < (uintptr_t)first -
	    (uintptr_t)__text_start)
		return NULL;
	if (offset != NULL)
		*offset = addr - t.offset[lo - 1];
	return t.names + t.name[lo - 1];
}

const char *
symbol_name(uintptr_t pc, uintptr_t *offset)
{
	if (pc < (uintptr_t)__text_start || pc >= (uintptr_t)__text_end)
		return NULL;
	return last_from(__text_start, pc, offset);
}

const char *
symbol_of_data(uintptr_t addr, uintptr_t *offset)
{
	if (addr < (uintptr_t)__data_start || addr >= (uintptr_t)__image_end)
		return NULL;
	return last_from(__data_start, addr, offset);
}

uintptr_t
symbol_addr(const char *name)
{
	struct symtab t = symtab_get();

	for (uint32_t i = 0; i < t.n && t.offset[i] <
	    (uintptr_t)__text_end - (uintptr_t)__text_start; i++)
		if (strcmp(t.names + t.name[i], name) == 0)
			return (uintptr_t)__text_start + t.offset[i];
	return 0;
}
