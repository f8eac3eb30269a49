/*
 * shim.h - see shim.c.
 */
#pragma once

#include <stdint.h>

/* This thread stands for the hart with that index. */
void shim_set_hart_index(uint32_t index);
