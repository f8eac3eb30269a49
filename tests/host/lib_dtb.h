/*
 * lib_dtb.h - real device trees for the host tests: QEMU writes its own.
 */
#pragma once

#include "lib/compiler.h"

/*
 * The tree of `qemu -M machine -smp smp` in a block of exactly its size that
 * the caller frees, its length in *len; NULL if there is no QEMU ($QEMU, else
 * qemu-system-riscv64 on the path).
 */
uint8_t *lib_dtb_from_qemu(const char *machine, unsigned smp, size_t *len);

/* The kinds of machine worth a look, e.g. "virt,aia=aplic"; NULL at the end. */
extern const char *const lib_dtb_machines[];

/* A copy of len bytes that ends where its block ends, skew bytes off alignment:
 * the address sanitizer sees the first byte read beyond. */
uint8_t *lib_dtb_copy(const uint8_t *blob, size_t len, unsigned skew);
void     lib_dtb_free_copy(uint8_t *copy, unsigned skew);
