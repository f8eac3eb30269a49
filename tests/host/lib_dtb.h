/*
 * lib_dtb.h - real device trees for the host tests: QEMU writes its own.
 */
#pragma once

#include "lib/compiler.h"

/*
 * Returns the tree of `qemu -M machine -smp smp` in a block of exactly its
 * size, which the caller frees, and its length in *len.  Returns NULL if there
 * is no QEMU ($QEMU, else qemu-system-riscv64 on the path).
 */
uint8_t *lib_dtb_from_qemu(const char *machine, unsigned smp, size_t *len);

/* The kinds of machine to test, such as "virt,aia=aplic"; NULL at the end. */
extern const char *const lib_dtb_machines[];

/* Returns a copy of len bytes that ends where its block ends, skew bytes off
 * alignment, so that the address sanitizer sees the first byte that is read
 * beyond the copy. */
uint8_t *lib_dtb_copy(const uint8_t *blob, size_t len, unsigned skew);
void     lib_dtb_free_copy(uint8_t *copy, unsigned skew);
