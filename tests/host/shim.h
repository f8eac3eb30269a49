/*
 * shim.h - see shim.c.
 */
#pragma once

#include <stdint.h>

/* Make this thread stand for the hart with that index. */
void shim_set_hart_index(uint32_t index);
