/*
 * str.h - memory and strings.  The four mem* functions are also what the
 * compiler calls by itself; their meaning is C's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void  *memset(void *dst, int byte, size_t len);
void  *memcpy(void *restrict dst, const void *restrict src, size_t len);
void  *memmove(void *dst, const void *src, size_t len);
int    memcmp(const void *a, const void *b, size_t len);

size_t strlen(const char *s);
int    strcmp(const char *a, const char *b);
int    strncmp(const char *a, const char *b, size_t n);
char  *strchr(const char *s, int c);
char  *strstr(const char *s, const char *part);

bool   str_starts(const char *s, const char *prefix);

/* A decimal or 0x number with an optional K, M, G (KiB...) suffix or Go's
 * B, KiB, MiB, GiB.  False, and *out untouched, unless all of s is one. */
bool   str_to_u64(const char *s, unsigned long *out)
    __attribute__((warn_unused_result));
