/*
 * fdt.h - a bounds-checked reader of flattened device trees (Devicetree
 * specification 0.4, ch. 5).  Reads only within [base, base + len); bad input
 * is an error, never a wild read.  No allocation.
 */
#pragma once

#include "lib/compiler.h"

struct fdt {
	const uint8_t *base;
	size_t         len;
	const char    *error;		/* why fdt_open or a walk failed, or NULL */
	uint32_t       structs, structs_len;
	uint32_t       strings, strings_len;
};

enum { FDT_DEPTH_MAX = 16 };

struct fdt_prop {
	const char    *name;
	const uint8_t *value;
	uint32_t       len;
};
