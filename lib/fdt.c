/*
 * fdt.c - reading flattened device trees.
 *
 * A blob is a header of big-endian words that say where three blocks are: the
 * memory reservations (pairs of 64-bit words), the structure (a stream of
 * 32-bit tokens: a node begins, with its name; a property, with its length, the
 * offset of its name, and its value; a node ends; nop; end) and the strings
 * (names of properties).
 *
 * Every access goes through get_u32 and get_text, which check bounds, so the
 * code above them need not trust the blob.  fdt_open walks the whole tree once
 * and refuses a malformed tree, with the offset and the node in the error text.
 * After that the other functions can treat a failed read as the end.
 *
 * Names and values are returned as pointers into the blob; for names and
 * strings, only after their final 0 has been seen inside the block.
 */
#include "lib/fdt.h"

#include "lib/fmt.h"
#include "lib/str.h"

enum {
	MAGIC = 0xd00dfeed,
	VERSION = 17,
	HEADER_LEN = 40,
	RESERVE_LEN = 16,
};

enum token {
	TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROP = 3, TOKEN_NOP = 4,
	TOKEN_FINISH = 9,
};

/* One step through the structure block. */
struct step {
	uint32_t        token;
	const char     *name;		/* TOKEN_BEGIN */
	struct fdt_prop prop;		/* TOKEN_PROP */
};

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Load the word at offset in a block of len bytes.  Returns false if the word
 * is not inside the block. */
static bool
get_u32(const uint8_t *block, uint32_t len, uint32_t offset, uint32_t *out)
{
	if (offset > len || len - offset < 4)
		return false;
	*out = be32(block + offset);
	return true;
}

/* Returns the text at offset in a block of len bytes, or NULL if its final 0 is
 * not inside the block. */
static const char *
get_text(const uint8_t *block, uint32_t len, uint32_t offset)
{
	for (uint32_t i = offset; i < len; i++)
		if (block[i] == '\0')
			return (const char *)block + offset;
	return NULL;
}

/*
 * Read the token at *pos in the structure block and move *pos behind it.
 * Returns NULL, or what is wrong; *pos is then the place of the error.
 */
static const char *
step_next(const struct fdt *t, uint32_t *pos, struct step *out)
{
	const uint8_t *block = t->base + t->structs;
	uint32_t       len = t->structs_len, at = *pos, name;

	if (!get_u32(block, len, at, &out->token))
		return "the structure block ends without FDT_END";
	at += 4;

	switch (out->token) {
	case TOKEN_BEGIN:
		out->name = get_text(block, len, at);
		if (out->name == NULL)
			return "the name of a node runs past the block";
		at += (uint32_t)strlen(out->name) + 1;
		break;
	case TOKEN_PROP:
		if (!get_u32(block, len, at, &out->prop.len) ||
		    !get_u32(block, len, at + 4, &name))
			return "a property runs past the block";
		at += 8;
		if (out->prop.len > len - at)
			return "the value of a property runs past the block";
		out->prop.value = block + at;
		if (name >= t->strings_len)
			return "the name of a property is outside the strings";
		out->prop.name = (const char *)t->base + t->strings + name;
		at += out->prop.len;
		break;
	case TOKEN_END:
	case TOKEN_NOP:
	case TOKEN_FINISH:
		break;
	default:
		return "unknown token";
	}

	/* Tokens are aligned.  at <= len < 2^31, so this cannot wrap.  Missing
	 * padding is noticed when the next token is read. */
	*pos = ROUND_UP(at, 4);
	return NULL;
}

/* Set t->error to why.  Returns false. */
static bool
refuse(struct fdt *t, const char *why)
{
	fmt_snprintf(t->error_text, sizeof(t->error_text), "%s", why);
	t->error = t->error_text;
	return false;
}

/* Set t->error to why, with the place in the structure and the node around it.
 * Returns false. */
static bool
refuse_at(struct fdt *t, const struct fdt_walk *w, uint32_t offset,
    const char *why)
{
	char path[80];

	fmt_snprintf(t->error_text, sizeof(t->error_text),
	    "%s (node %s, offset 0x%x)", why,
	    w->depth > 0 ? fdt_walk_path(w, path, sizeof(path)) : "outside all",
	    t->structs + offset);
	t->error = t->error_text;
	return false;
}

/* Are len bytes at offset within the blob? */
static bool
block_fits(const struct fdt *t, uint32_t offset, uint32_t len)
{
	return offset >= HEADER_LEN && offset <= t->len &&
	    len <= t->len - offset;
}

static bool
open_header(struct fdt *t, const uint8_t *base, size_t max)
{
	uint32_t total;

	if (max < HEADER_LEN)
		return refuse(t, "shorter than a header");
	if (be32(base) != MAGIC)
		return refuse(t, "no device tree here (bad magic)");
	total = be32(base + 4);
	if (total < HEADER_LEN || total > FDT_SIZE_MAX || total > max)
		return refuse(t, "the total size in the header is impossible");
	if (be32(base + 20) < VERSION || be32(base + 24) > VERSION)
		return refuse(t, "not version 17 of the format");

	t->base = base;
	t->len = total;
	t->structs = be32(base + 8);
	t->strings = be32(base + 12);
	t->reserves = be32(base + 16);
	t->boot_cpu = be32(base + 28);
	t->strings_len = be32(base + 32);
	t->structs_len = be32(base + 36);
	if (!block_fits(t, t->structs, t->structs_len) || t->structs % 4 != 0)
		return refuse(t, "the structure block is outside the blob");
	if (!block_fits(t, t->strings, t->strings_len))
		return refuse(t, "the strings block is outside the blob");
	/* Now every string that begins in the block also ends there. */
	while (t->strings_len > 0 &&
	    base[t->strings + t->strings_len - 1] != '\0')
		t->strings_len--;
	return true;
}

/* Count the memory reservations, which end with a pair of zeros. */
static bool
open_reserves(struct fdt *t)
{
	uint64_t base, len;

	for (;; t->nreserves++) {
		uint32_t at = t->reserves + t->nreserves * RESERVE_LEN;

		if (!block_fits(t, at, RESERVE_LEN))
			return refuse(t, "the memory reservations do not end");
		fdt_reserve(t, t->nreserves, &base, &len);
		if (base == 0 && len == 0)
			return true;
	}
}

/* Record in w that a node called name began at offset and that w->pos is behind
 * its name.  Returns false if the nodes are nested too deeply. */
static bool
push_node(struct fdt_walk *w, const char *name, uint32_t offset)
{
	if (w->depth == FDT_DEPTH_MAX)
		return false;
	w->node[w->depth++] = (struct fdt_node){
		.name = name, .offset = offset, .props = w->pos,
	};
	return true;
}

/* Walk over the whole structure and check that there is one root, that every
 * node ends, that properties come before children, and that FDT_END is last. */
static bool
open_structure(struct fdt *t)
{
	struct fdt_walk w = { .fdt = t };
	struct step     s;
	bool            seen_root = false, props_allowed = false;

	for (;;) {
		uint32_t    at = w.pos;
		const char *why = step_next(t, &w.pos, &s);

		if (why != NULL)
			return refuse_at(t, &w, at, why);
		switch (s.token) {
		case TOKEN_BEGIN:
			if (w.depth == 0 && seen_root)
				return refuse_at(t, &w, at, "a second root");
			if (!push_node(&w, s.name, at))
				return refuse_at(t, &w, at, "nested too deep");
			seen_root = true;
			props_allowed = true;
			break;
		case TOKEN_PROP:
			if (!props_allowed)
				return refuse_at(t, &w, at,
				    "a property outside or behind a child");
			break;
		case TOKEN_END:
			if (w.depth == 0)
				return refuse_at(t, &w, at,
				    "the end of a node that did not begin");
			w.depth--;
			props_allowed = false;
			break;
		case TOKEN_FINISH:
			if (w.depth != 0 || !seen_root)
				return refuse_at(t, &w, at,
				    "FDT_END before the root ended");
			return true;
		default:
			break;
		}
	}
}

bool
fdt_open(struct fdt *t, const void *base, size_t max)
{
	*t = (struct fdt){ .error = NULL };
	return open_header(t, base, max) && open_reserves(t) &&
	    open_structure(t);
}

static uint64_t
be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

void
fdt_reserve(const struct fdt *t, uint32_t i, uint64_t *base, uint64_t *len)
{
	const uint8_t *p = t->base + t->reserves + i * RESERVE_LEN;

	*base = be64(p);
	*len = be64(p + 8);
}

void
fdt_walk_start(struct fdt_walk *w, const struct fdt *t)
{
	w->fdt = t;
	w->pos = 0;
	w->depth = 0;
}

bool
fdt_walk_next(struct fdt_walk *w, struct fdt_node *out)
{
	struct step s;

	for (;;) {
		uint32_t at = w->pos;

		if (step_next(w->fdt, &w->pos, &s) != NULL)
			return false;
		if (s.token == TOKEN_FINISH) {
				w->pos = at;	/* the next call ends, too */
			return false;
		}
		if (s.token == TOKEN_END && w->depth > 0)
			w->depth--;
		if (s.token == TOKEN_BEGIN) {
			if (!push_node(w, s.name, at))
				return false;
			*out = w->node[w->depth - 1];
			return true;
		}
	}
}

const struct fdt_node *
fdt_walk_parent(const struct fdt_walk *w)
{
	return w->depth >= 2 ? &w->node[w->depth - 2] : NULL;
}

char *
fdt_walk_path(const struct fdt_walk *w, char *buf, size_t size)
{
	size_t at = 0;

	fmt_snprintf(buf, size, "/");
	for (uint32_t i = 1; i < w->depth && at < size; i++)
		at += (size_t)fmt_snprintf(buf + at, size - at, "/%s",
		    w->node[i].name);
	return buf;
}

bool
fdt_walk_is_path(const struct fdt_walk *w, const char *path)
{
	for (uint32_t i = 1; i < w->depth; i++) {
		const char *name = w->node[i].name;

		if (*path++ != '/' || !str_starts(path, name))
			return false;
		path += strlen(name);
	}
	if (w->depth == 1 && *path == '/')
		path++;
	return w->depth > 0 && (*path == '\0' || *path == ':');
}

/* Read a number of ncells cells from cell *i on, and move *i behind it.
 * Returns false if the number has more than 64 bits or the property is too
 * short. */
static bool
take_number(const struct fdt_prop *prop, uint32_t *i, uint32_t ncells,
    uint64_t *out)
{
	uint64_t n = 0;

	if (ncells > FDT_CELLS_MAX)
		return false;
	for (uint32_t k = 0; k < ncells; k++, (*i)++) {
		uint32_t cell;

		if (n >> 32 != 0 || !fdt_cell(prop, *i, &cell))
			return false;
		n = n << 32 | cell;
	}
	*out = n;
	return true;
}

/* Returns how many cells an address has in the children of node.  This default
 * and that of size_cells are those of spec 2.3.5. */
static uint32_t
address_cells(const struct fdt *t, const struct fdt_node *node)
{
	return fdt_u32(t, node, "#address-cells", 2);
}

/* Returns how many cells a size has in the children of node. */
static uint32_t
size_cells(const struct fdt *t, const struct fdt_node *node)
{
	return fdt_u32(t, node, "#size-cells", 1);
}

/*
 * Translate [*addr, *addr + len) from the bus that is node[bus] of the walk to
 * the bus above it (spec 2.3.8: without ranges there is no translation; with
 * empty ranges, addresses stay the same).  Returns false if the bus above does
 * not see all of it.
 */
static bool
translate_up(const struct fdt_walk *w, uint32_t bus, uint64_t *addr,
    uint64_t len)
{
	const struct fdt *t = w->fdt;
	struct fdt_prop   ranges;
	uint64_t          child, parent, size;
	uint32_t          i = 0, child_cells, parent_cells, len_cells;

	if (!fdt_prop(t, &w->node[bus], "ranges", &ranges))
		return false;
	if (ranges.len == 0)
		return true;
	child_cells = address_cells(t, &w->node[bus]);
	parent_cells = address_cells(t, &w->node[bus - 1]);
	len_cells = size_cells(t, &w->node[bus]);
	while (child_cells > 0 &&
	    take_number(&ranges, &i, child_cells, &child) &&
	    take_number(&ranges, &i, parent_cells, &parent) &&
	    take_number(&ranges, &i, len_cells, &size)) {
		if (*addr >= child && *addr - child < size &&
		    len <= size - (*addr - child)) {
			*addr = parent + (*addr - child);
			return true;
		}
	}
	return false;
}

bool
fdt_walk_reg(const struct fdt_walk *w, uint32_t i, uint64_t *base,
    uint64_t *len)
{
	const struct fdt_node *parent = fdt_walk_parent(w);
	struct fdt_prop        reg;
	uint64_t               b, n = 0;
	uint32_t               at, addr_cells, len_cells;

	if (parent == NULL ||
	    !fdt_prop(w->fdt, &w->node[w->depth - 1], "reg", &reg))
		return false;
	addr_cells = address_cells(w->fdt, parent);
	len_cells = size_cells(w->fdt, parent);
	if (addr_cells == 0 || addr_cells > FDT_CELLS_MAX ||
	    len_cells > FDT_CELLS_MAX || i > reg.len)
		return false;
	at = i * (addr_cells + len_cells);
	if (!take_number(&reg, &at, addr_cells, &b) ||
	    !take_number(&reg, &at, len_cells, &n))
		return false;
	for (uint32_t bus = w->depth - 2; bus > 0; bus--)
		if (!translate_up(w, bus, &b, n))
			return false;
	if (b + n < b)
		return false;
	*base = b;
	*len = n;
	return true;
}

bool
fdt_walk_address(const struct fdt_walk *w, uint64_t *address)
{
	const struct fdt_node *parent = fdt_walk_parent(w);
	struct fdt_prop        reg;
	uint32_t               at = 0, cells;

	if (parent == NULL ||
	    !fdt_prop(w->fdt, &w->node[w->depth - 1], "reg", &reg))
		return false;
	cells = address_cells(w->fdt, parent);
	return cells > 0 && take_number(&reg, &at, cells, address);
}

uint32_t
fdt_walk_interrupt_parent(const struct fdt_walk *w)
{
	uint32_t parent = 0;

	for (uint32_t i = w->depth; i > 0 && parent == 0; i--)
		parent = fdt_u32(w->fdt, &w->node[i - 1], "interrupt-parent",
		    0);
	return parent;
}

bool
fdt_prop_next(const struct fdt *t, uint32_t *pos, struct fdt_prop *out)
{
	struct step s;

	do {
		if (step_next(t, pos, &s) != NULL)
			return false;
	} while (s.token == TOKEN_NOP);
	if (s.token != TOKEN_PROP)
		return false;
	*out = s.prop;
	return true;
}

bool
fdt_prop(const struct fdt *t, const struct fdt_node *node, const char *name,
    struct fdt_prop *out)
{
	uint32_t pos = node->props;

	while (fdt_prop_next(t, &pos, out))
		if (strcmp(out->name, name) == 0)
			return true;
	return false;
}

bool
fdt_cell(const struct fdt_prop *prop, uint32_t i, uint32_t *out)
{
	return i < prop->len / 4 && get_u32(prop->value, prop->len, i * 4, out);
}

uint32_t
fdt_u32(const struct fdt *t, const struct fdt_node *node, const char *name,
    uint32_t otherwise)
{
	struct fdt_prop prop;
	uint32_t        n;

	if (!fdt_prop(t, node, name, &prop) || !fdt_cell(&prop, 0, &n))
		return otherwise;
	return n;
}

const char *
fdt_string(const struct fdt *t, const struct fdt_node *node, const char *name)
{
	struct fdt_prop prop;

	if (!fdt_prop(t, node, name, &prop))
		return NULL;
	return get_text(prop.value, prop.len, 0);
}

bool
fdt_list_has(const struct fdt_prop *list, const char *text)
{
	uint32_t len = (uint32_t)strlen(text) + 1, at = 0;

	while (at < list->len && len <= list->len - at) {
		if (memcmp(list->value + at, text, len) == 0)
			return true;
		while (at < list->len && list->value[at] != '\0')
			at++;
		at++;
	}
	return false;
}

bool
fdt_has_string(const struct fdt *t, const struct fdt_node *node,
    const char *name, const char *text)
{
	struct fdt_prop prop;

	return fdt_prop(t, node, name, &prop) && fdt_list_has(&prop, text);
}

bool
fdt_compatible(const struct fdt *t, const struct fdt_node *node,
    const char *what)
{
	return fdt_has_string(t, node, "compatible", what);
}

bool
fdt_enabled(const struct fdt *t, const struct fdt_node *node)
{
	const char *status = fdt_string(t, node, "status");

	return status == NULL || strcmp(status, "okay") == 0 ||
	    strcmp(status, "ok") == 0;
}
