/*
 * fdt.h - a bounds-checked reader of flattened device trees (Devicetree
 * specification 0.4, ch. 5).
 *
 * fdt_open looks at every byte of structure that the walks below rely on, so
 * after it only a walk's own questions can fail ("no such property").  Every
 * read stays within the blob all the same, and every loop moves forward in it:
 * bad input is an error text, never a wild read, never a hang.  No allocation.
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
 * FDT_DEPTH_MAX is a limit of ours on nesting.  No reader needs more of a
 * blob than FDT_SIZE_MAX; a header that claims more is taken for junk.
 */
enum {
	FDT_DEPTH_MAX = 16,
	FDT_SIZE_MAX = 4 << 20,
	FDT_ERROR_MAX = 160,
	FDT_CELLS_MAX = 4,
};

struct fdt {
	const uint8_t *base;
	uint32_t       len;		/* bytes we may read */
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

/* A node; offsets are into the structure block. */
struct fdt_node {
	const char *name;		/* "serial@10000000"; the root is "" */
	uint32_t    offset;		/* of its FDT_BEGIN_NODE */
	uint32_t    props;		/* of the first token behind the name */
};

/* A walk over all nodes, parents first. */
struct fdt_walk {
	const struct fdt *fdt;
	uint32_t          pos;		/* the next token */
	uint32_t          depth;	/* nodes in use; 1 at the root */
	struct fdt_node   node[FDT_DEPTH_MAX];	/* the path to where we are */
};

/* Read the header and check everything.  base need not be aligned; max is how
 * many bytes may be read at most.  False: t->error says why. */
bool fdt_open(struct fdt *t, const void *base, size_t max) MUST_USE;

/* Entry i < t->nreserves of the memory reservation block. */
void fdt_reserve(const struct fdt *t, uint32_t i, uint64_t *base,
    uint64_t *len);

/* Start a walk, and step to the next node; false when there are no more. */
void fdt_walk_start(struct fdt_walk *w, const struct fdt *t);
bool fdt_walk_next(struct fdt_walk *w, struct fdt_node *out) MUST_USE;

/* The parent of the node the walk is at, or NULL at the root. */
const struct fdt_node *fdt_walk_parent(const struct fdt_walk *w);

/* "/soc/serial@10000000": the path of the node the walk is at, cut to fit;
 * returns buf. */
char *fdt_walk_path(const struct fdt_walk *w, char *buf, size_t size);

/* True if path (which ends at 0 or ':', as stdout-path may) is that node. */
bool fdt_walk_is_path(const struct fdt_walk *w, const char *path);

/* Pair i of the node's reg as the CPU sees it, through the ranges of all
 * buses above.  False: no such pair, or the CPU cannot see it. */
bool fdt_walk_reg(const struct fdt_walk *w, uint32_t i, uint64_t *base,
    uint64_t *len) MUST_USE;

/* The first cell(s) of reg, untranslated, for cpu nodes. */
bool fdt_walk_address(const struct fdt_walk *w, uint64_t *address) MUST_USE;

/* The phandle of the node's interrupt parent, or 0. */
uint32_t fdt_walk_interrupt_parent(const struct fdt_walk *w);

/* The properties of a node one after the other; *pos starts at node->props. */
bool fdt_prop_next(const struct fdt *t, uint32_t *pos, struct fdt_prop *out)
    MUST_USE;

/* A property by name. */
bool fdt_prop(const struct fdt *t, const struct fdt_node *node,
    const char *name, struct fdt_prop *out) MUST_USE;

/* 32-bit cell i of a property; false if it is too short. */
bool fdt_cell(const struct fdt_prop *prop, uint32_t i, uint32_t *out) MUST_USE;

/* The one cell of a property by name, or otherwise if missing or too short. */
uint32_t fdt_u32(const struct fdt *t, const struct fdt_node *node,
    const char *name, uint32_t otherwise);

/* A property as text; NULL if missing or not ended by a 0. */
const char *fdt_string(const struct fdt *t, const struct fdt_node *node,
    const char *name);

/* True if one of the strings in a list property is text. */
bool fdt_list_has(const struct fdt_prop *list, const char *text);
bool fdt_has_string(const struct fdt *t, const struct fdt_node *node,
    const char *name, const char *text);
bool fdt_compatible(const struct fdt *t, const struct fdt_node *node,
    const char *what);

/* True unless status says otherwise ("okay" and "ok" are fine). */
bool fdt_enabled(const struct fdt *t, const struct fdt_node *node);
