/*
 * lib_platform.h - kernel/platform.c on the host, where a tree that it cannot
 * use is an answer and not the end of the machine.
 */
#pragma once

#include "lib/compiler.h"

/* platform_init; false if it panicked, with its text in lib_platform_refusal.
 * fdt must be as long as its header says.  One thread at a time. */
bool lib_platform_read(uint32_t boot_hart, const void *fdt);

extern char lib_platform_refusal[400];
