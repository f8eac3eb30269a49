/*
 * fdt_builder.h - makes small device trees for tests, in a buffer.
 *
 *	struct fdt_builder b;
 *
 *	fdtb_start(&b, buf, sizeof(buf));
 *	fdtb_begin(&b, "");
 *	fdtb_u32(&b, "#address-cells", 2);
 *	fdtb_end(&b);
 *	len = fdtb_finish(&b);
 */
#pragma once

#include "lib/compiler.h"

enum { FDTB_STRINGS = 1024 };

struct fdt_builder {
	uint8_t *base;
	size_t   size;
	size_t   at;			/* end of what is written */
	uint32_t structs;		/* where the structure block begins */
	char     strings[FDTB_STRINGS];
	uint32_t strings_len;
};

/* Start a tree with no memory reservations in buf; running out of room is a
 * panic. */
void   fdtb_start(struct fdt_builder *b, void *buf, size_t size);

/* One more memory reservation; only before the first node. */
void   fdtb_reserve(struct fdt_builder *b, uint64_t base, uint64_t len);

void   fdtb_begin(struct fdt_builder *b, const char *name);
void   fdtb_end(struct fdt_builder *b);
void   fdtb_prop(struct fdt_builder *b, const char *name, const void *value,
    uint32_t len);
void   fdtb_string(struct fdt_builder *b, const char *name, const char *value);
void   fdtb_u32(struct fdt_builder *b, const char *name, uint32_t value);
void   fdtb_cells(struct fdt_builder *b, const char *name,
    const uint32_t *cells, uint32_t n);

/* A token that is none of the above, for bad trees. */
void   fdtb_token(struct fdt_builder *b, uint32_t token);

/* Put the end and the strings behind it, and the header before it.  Returns
 * the length of the blob. */
size_t fdtb_finish(struct fdt_builder *b);

/* Change the 32-bit word at offset of a blob. */
void   fdtb_poke(void *blob, size_t offset, uint32_t value);

/* A tree like QEMU's virt: nharts harts, memory, a PLIC, a UART behind a bus
 * with ranges, a test finisher, bootargs.  Returns its length. */
size_t fdtb_machine(void *buf, size_t size, uint32_t nharts);
