/*
 * sizeclass.c - make the size classes; the rule is in the header.
 */
#include "gc/sizeclass.h"

#include "kernel/page.h"
#include "lib/check.h"

struct sizeclass sizeclasses[SIZECLASS_COUNT];
uint8_t          sizeclass_fine[SIZECLASS_FINE / 8];
uint8_t          sizeclass_coarse[SIZECLASS_MAX / 128];

/* Return the class size that follows size. */
static uint32_t
next_size(uint32_t size)
{
	uint32_t doubling = 512;

	if (size == 8)
		return 16;
	if (size < 256)
		return size + 16;
	if (size < 512)
		return size + 32;
	while (size >= 2 * doubling)
		doubling *= 2;
	return size + doubling / 4;
}

/* Choose the length of the spans of a class. */
static void
lay_out(struct sizeclass *class)
{
	uint32_t least = class->size <= 2 * KIB ? 16 :
	    class->size <= 8 * KIB ? 4 : 2;
	uint32_t npages = 2, bytes;

	while ((bytes = npages * PAGE_SIZE) / class->size < least ||
	    bytes % class->size > bytes / 8)
		npages *= 2;
	class->npages = npages;
	class->nslots = bytes / class->size;
	class->recip = (uint32_t)(((1ULL << 32) + class->size - 1) /
	    class->size);
	CHECK(bytes <= 128 * KIB && class->size % 8 == 0);
}

void
sizeclass_init(void)
{
	uint32_t class = 0, below = 0;

	for (uint32_t size = 8; size <= SIZECLASS_MAX; size = next_size(size)) {
		CHECK(++class < SIZECLASS_COUNT);
		sizeclasses[class].size = size;
		lay_out(&sizeclasses[class]);
		for (uint32_t s = below + 8; s <= size; s += 8) {
			if (s <= SIZECLASS_FINE)
				sizeclass_fine[(s - 1) >> 3] = (uint8_t)class;
			sizeclass_coarse[(s - 1) >> 7] = (uint8_t)class;
		}
		below = size;
	}
	CHECK(class == SIZECLASS_COUNT - 1);
}
