/*
 * fdt.h - a bounds-checked reader of flattened device trees (Devicetree
 * specification 0.4, ch. 5).
 *
 * fdt_open checks the whole structure that the walks below rely on.  So after
 * it, a function fails only if what it is asked for does not exist ("no such
 * property").  Even so every read stays within the blob, and every loop moves
 * forward in it: bad input leads to an error text, never to a wild read or a
 * hang.  No allocation.
 *
 *	struct fdt t;
 *	struct fdt_walk w;
 *	struct fdt_node node;
 *
 *	if (!fdt_open(&t, blob, max))
 *		complain(t.error);
 *	fdt_walk_start(&w, &t);
 *	while (fdt_walk_next(&w, &node))
 *		if (fdt_compatible(&t, &node, "ns16550a"))
 *			fdt_walk_reg(&w, 0, &base, &len);
 */
#pragma once

#include "lib/compiler.h"

/*
 * FDT_DEPTH_MAX is this reader's limit on nesting.  A blob whose header claims
 * more than FDT_SIZE_MAX is taken for junk; no real tree is that large.
 */
enum {
	FDT_DEPTH_MAX = 16,
	FDT_SIZE_MAX = 4 << 20,
	FDT_ERROR_MAX = 160,
	FDT_CELLS_MAX = 4,
};

struct fdt {
	const uint8_t *base;
	uint32_t       len;		/* bytes that may be read */
	uint32_t       structs, structs_len;
	uint32_t       strings, strings_len;
	uint32_t       reserves, nreserves;
	uint32_t       boot_cpu;	/* boot_cpuid_phys of the header */
	const char    *error;		/* why fdt_open failed, or NULL */
	char           error_text[FDT_ERROR_MAX];
};

struct fdt_prop {
	const char    *name;
	const uint8_t *value;		/* big-endian, perhaps not aligned */
	uint32_t       len;
};

/* A node.  Offsets are into the structure block. */
struct fdt_node {
	const char *name;		/* "serial@10000000"; the root is "" */
	uint32_t    offset;		/* of its FDT_BEGIN_NODE */
	uint32_t    props;		/* of the first token behind the name */
};

/* A walk over all nodes, parents first. */
struct fdt_walk {
	const struct fdt *fdt;
	uint32_t          pos;		/* the next token */
	uint32_t          depth;	/* entries of node in use; root: 1 */
	struct fdt_node   node[FDT_DEPTH_MAX];	/* path to this node */
};

/* Open the tree at base and check all of it.  base need not be aligned; at most
 * max bytes are read.  Returns false, with the reason in t->error, if there is
 * no sound tree. */
bool fdt_open(struct fdt *t, const void *base, size_t max) MUST_USE;

/* Load entry i < t->nreserves of the memory reservation block. */
void fdt_reserve(const struct fdt *t, uint32_t i, uint64_t *base,
    uint64_t *len);

/* Place w before the root of t. */
void fdt_walk_start(struct fdt_walk *w, const struct fdt *t);

/* Go to the next node in the order of the blob: to a child before the next
 * sibling.  Returns false behind the last node. */
bool fdt_walk_next(struct fdt_walk *w, struct fdt_node *out) MUST_USE;

/* Returns the parent of the node that w is at, or NULL at the root. */
const struct fdt_node *fdt_walk_parent(const struct fdt_walk *w);

/* Write the path of the node that w is at into buf, cut to size, as in
 * "/soc/serial@10000000".  Returns buf. */
char *fdt_walk_path(const struct fdt_walk *w, char *buf, size_t size);

/* Does path lead to the node that w is at?  path may end in ":options", as
 * stdout-path may. */
bool fdt_walk_is_path(const struct fdt_walk *w, const char *path);

/* Load pair i of the node's reg, as the CPU sees it through the ranges of all
 * buses above.  Returns false if there is no such pair, if the CPU cannot see
 * it, or if it would wrap around the end of the address space. */
bool fdt_walk_reg(const struct fdt_walk *w, uint32_t i, uint64_t *base,
    uint64_t *len) MUST_USE;

/* Load the first address in reg, untranslated: for cpu nodes, the hart's id.
 * Returns false if there is none. */
bool fdt_walk_address(const struct fdt_walk *w, uint64_t *address) MUST_USE;

/* Returns the phandle of the node's interrupt parent, its own or inherited
 * (spec 2.4.1), or 0 if there is none. */
uint32_t fdt_walk_interrupt_parent(const struct fdt_walk *w);

/* Load the property at *pos, which starts as node->props, and move *pos behind
 * it.  Returns false behind the last property of the node. */
bool fdt_prop_next(const struct fdt *t, uint32_t *pos, struct fdt_prop *out)
    MUST_USE;

/* Load the property of node called name.  Returns false if there is none. */
bool fdt_prop(const struct fdt *t, const struct fdt_node *node,
    const char *name, struct fdt_prop *out) MUST_USE;

/* Load 32-bit cell i of prop.  Returns false if prop is too short. */
bool fdt_cell(const struct fdt_prop *prop, uint32_t i, uint32_t *out) MUST_USE;

/* Returns the first cell of the property called name, or otherwise if it is
 * missing or too short. */
uint32_t fdt_u32(const struct fdt *t, const struct fdt_node *node,
    const char *name, uint32_t otherwise);

/* Returns the first string of the property called name, or NULL if it is
 * missing or not ended by a 0. */
const char *fdt_string(const struct fdt *t, const struct fdt_node *node,
    const char *name);

/* Is text one of the strings in list? */
bool fdt_list_has(const struct fdt_prop *list, const char *text);

/* Is text one of the strings in the property called name? */
bool fdt_has_string(const struct fdt *t, const struct fdt_node *node,
    const char *name, const char *text);

/* Is what one of the strings in the node's property "compatible"? */
bool fdt_compatible(const struct fdt *t, const struct fdt_node *node,
    const char *what);

/* Is the device usable, according to its status (spec 2.3.4)?  It is if there
 * is no status, or "okay" or "ok". */
bool fdt_enabled(const struct fdt *t, const struct fdt_node *node);
