/*
 * fdt_builder.h - build small device trees for tests, in a buffer.
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
	size_t   at;			/* the end of what is written */
	uint32_t structs;		/* where the structure block begins */
	char     strings[FDTB_STRINGS];
	uint32_t strings_len;
};

/* Start a tree without memory reservations in buf.  This function and those
 * below panic if buf is too small. */
void   fdtb_start(struct fdt_builder *b, void *buf, size_t size);

/* Add a memory reservation.  All of them must be added before the first
 * node. */
void   fdtb_reserve(struct fdt_builder *b, uint64_t base, uint64_t len);

void   fdtb_begin(struct fdt_builder *b, const char *name);
void   fdtb_end(struct fdt_builder *b);
void   fdtb_prop(struct fdt_builder *b, const char *name, const void *value,
    uint32_t len);
void   fdtb_string(struct fdt_builder *b, const char *name, const char *value);
void   fdtb_u32(struct fdt_builder *b, const char *name, uint32_t value);
void   fdtb_cells(struct fdt_builder *b, const char *name,
    const uint32_t *cells, uint32_t n);

/* Add a token as it is, for malformed trees. */
void   fdtb_token(struct fdt_builder *b, uint32_t token);

/* Add the end token and the strings behind the tree, and fill in the header
 * before it.  Returns the length of the blob. */
size_t fdtb_finish(struct fdt_builder *b);

/* Change the 32-bit word at offset of a blob. */
void   fdtb_poke(void *blob, size_t offset, uint32_t value);

/* Build a tree like that of QEMU's virt machine in buf: nharts harts, memory, a
 * PLIC, a UART behind a bus with ranges, a test finisher, and bootargs.
 * Returns its length. */
size_t fdtb_machine(void *buf, size_t size, uint32_t nharts);
