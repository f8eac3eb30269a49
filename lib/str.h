/*
 * str.h - memory and strings.  The functions of C mean what they mean there.
 * The compiler by itself calls the four mem* functions, too.
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

/* Does s begin with prefix? */
bool   str_starts(const char *s, const char *prefix);

/*
 * Read a whole number in *out: decimal, or hexadecimal after 0x, with an
 * optional size suffix K, M, G, T or B, KiB, MiB, GiB, TiB (the suffix K means
 * KiB, and so on), as in "64", "0x1f", "256M", "1GiB".  Returns false, with
 * *out unchanged, if s is anything else: if it has a sign, blanks, other text
 * behind the number, or more than 64 bits.
 */
bool   str_to_u64(const char *s, unsigned long *out)
    __attribute__((warn_unused_result));
