/*
 * test_str.c - lib/mem.c on the host, where its names belong to libc: the file
 * is included under other names, with the tests that the guest runs as well.
 */
#include "lib/str.h"

#include <stdint.h>

#undef HOST
#define HOST 0
#define memset  mem_memset
#define memcpy  mem_memcpy
#define memmove mem_memmove
#define memcmp  mem_memcmp
#define strlen  mem_strlen
#define strcmp  mem_strcmp
#define strncmp mem_strncmp
#define strchr  mem_strchr
#define strstr  mem_strstr

void  *memset(void *dst, int byte, size_t len);
void  *memcpy(void *restrict dst, const void *restrict src, size_t len);
void  *memmove(void *dst, const void *src, size_t len);
int    memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int    strcmp(const char *a, const char *b);
int    strncmp(const char *a, const char *b, size_t n);
char  *strchr(const char *s, int c);
char  *strstr(const char *s, const char *part);

#include "lib/mem.c"
#include "tests/unit/test_mem.c"

#include <stdlib.h>
#include <sys/mman.h>

/* A function that reads beside its source must stay within the words of the
 * source.  Here nothing beside the page of the source may be touched at all. */
KTEST(mem, no_byte_is_read_beyond_the_page_of_the_last_one)
{
	enum { PAGE = 4096 };
	unsigned char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char  to[160];

	if (!EXPECT(t, p != MAP_FAILED))
		return;
	mprotect(p, PAGE, PROT_NONE);
	mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
	for (unsigned n = 0; n < 130; n++)
		for (unsigned at = 0; at < 9; at++) {
			memcpy(to + at, p + 2 * PAGE - n, n);
			memcpy(to + at, p + PAGE, n);
			memcpy(p + 2 * PAGE - n, to + at, n);
			memmove(p + 2 * PAGE - n, p + PAGE + at, n);
			memset(p + 2 * PAGE - n, 1, n);
			EXPECT_EQ(t, memcmp(p + 2 * PAGE - n, to, 0), 0);
			(void)memcmp(p + 2 * PAGE - n, p + PAGE, n);
		}
	munmap(p, 3 * PAGE);
}
