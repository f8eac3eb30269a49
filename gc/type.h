/*
 * type.h - type descriptors from the collector's side.
 */
#pragma once

#include "include/antler.h"

/* What gc_new_bytes allocates. */
extern const struct gc_type gc_bytes_type;

/* Panic, naming it, if the collector cannot use type for arrays of n > 1, or
 * at all. */
void type_check(const struct gc_type *type, size_t n);

/* For messages. */
const char *type_name(const struct gc_type *type);
