/*
 * lib_platform.h - kernel/platform.c on the host, where the refusal of a tree
 * is an answer and not the end of the machine.
 */
#pragma once

#include "lib/compiler.h"

/* Call platform_init.  Returns false if it panicked; lib_platform_refusal then
 * has the text of the panic.  fdt must be as long as its header says.  One
 * thread at a time. */
bool lib_platform_read(uint32_t boot_hart, const void *fdt);

extern char lib_platform_refusal[400];
