/*
 * gc_tables.c - the parts of the heap, on the host: size classes, maps of
 * pointers, runs of chunks.
 */
#include <string.h>

#include "gc/chunk.h"
#include "gc/heap.h"
#include "gc/ptrmap.h"
#include "kernel/page.h"
#include "lib/bits.h"
#include "tests/host/gc_objects.h"
#include "tests/host/gc_pages.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

struct tail {
	char text[24];
};
struct odd {
	void   *p;
	int32_t n, m;
	void   *q[3];
	struct {
		long  n;
		void *p;
	} in;
};
GC_TYPE(odd, p, q, in.p);
GC_TYPE_NOPTR(tail);

KTEST(gc_tables, every_size_has_the_smallest_class_that_fits)
{
	struct mutator m;

	world_enter(&m);
	for (uint32_t size = 1; size <= SIZECLASS_MAX; size++) {
		unsigned c = sizeclass_of(size);

		if (!EXPECT(t, sizeclasses[c].size >= size) ||
		    !EXPECT(t, c == 1 || sizeclasses[c - 1].size < size))
			break;
	}
	for (uint32_t size = 8; size <= SIZECLASS_MAX; size *= 2)
		EXPECT_EQ(t, sizeclasses[sizeclass_of(size)].size, size);
	world_leave(&m);
}

KTEST(gc_tables, index_by_reciprocal_is_division)	/* sizeclass_index */
{
	struct mutator m;

	world_enter(&m);
	for (unsigned c = 1; c < SIZECLASS_COUNT; c++) {
		struct sizeclass *k = &sizeclasses[c];

		for (uint32_t off = 0; off < k->npages * PAGE_SIZE; off++)
			if (sizeclass_index(off, k->recip) != off / k->size) {
				ktest_fail(t, __FILE__, __LINE__,
				    "%u / %u", off, k->size);
				break;
			}
	}
	world_leave(&m);
}

KTEST(gc_tables, tiling_a_map_is_setting_it_slot_by_slot)	/* RUN-4 */
{
	for (unsigned c = 1; sizeclasses[c].size <= SIZECLASS_MAPPED; c++)
		for (int round = 0; round < 200; round++) {
			struct span_word a[24], b[24];
			uint32_t size = sizeclasses[c].size;
			uint32_t nslots = sizeclasses[c].nslots;
			uint32_t first = rand_below(&t->rand, nslots);
			uint32_t n = 1 + rand_below(&t->rand, nslots - first);
			struct span s = { .size = size,
				.map_at = (uintptr_t)a,
				.plain = (size & (size - 1)) == 0,
				.mixed = true,
				.slotmask = bits_range(0, size / 8) };
			uint64_t map = ((uint64_t)rand_u32(&t->rand) << 32 |
			    rand_u32(&t->rand)) & s.slotmask;

			memset(a, round & 1 ? 0xff : 0, sizeof(a));
			memcpy(b, a, sizeof(a));
			ptrmap_tile(&s, first, n, map);
			s.map_at = (uintptr_t)b;
			for (uint32_t i = 0; i < n; i++)
				ptrmap_set(&s, (first + i) * size, map);
			if (!EXPECT(t, memcmp(a, b, sizeof(a)) == 0))
				return;
			for (uint32_t i = 0; i < n; i++)
				EXPECT(t, ptrmap_get(&s, (first + i) * size) ==
				    map);
		}
}

KTEST(gc_tables, gc_type_finds_pointers_in_arrays_and_members)
{
	EXPECT_EQ(t, odd_type.size, 56);
	EXPECT_EQ(t, odd_type.ptrdata, 56);
	EXPECT_EQ(t, odd_gcdata[0], 0x5d);
	EXPECT_EQ(t, ptrmap_of_type(&odd_type, 0), 0x5d);
	EXPECT_EQ(t, pair_gcdata[0], 1);
	EXPECT_EQ(t, tail_type.ptrdata, 0);
}

/* A descriptor made elsewhere may have gcdata at any address, and other things
 * behind it. */
KTEST(gc_tables, a_map_at_any_address_is_read_right)
{
	uint8_t bytes[40] ALIGNED(8);
	struct gc_type type = { .gcdata = bytes + 8 };
	struct gc_type odd = { .gcdata = bytes + 11 };

	for (size_t nwords = 0; nwords < 200; nwords++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)rand_u32(&t->rand);
		memmove(bytes + 11, bytes + 8, 25);
		odd.size = odd.ptrdata = nwords * 8;
		for (size_t w = 0; w < 256; w++) {
			bool want = w < nwords &&
			    (odd.gcdata[w / 8] >> (w % 8) & 1);

			EXPECT(t, (ptrmap_of_type(&odd, w / 64) >> (w % 64) &
			    1) == want);
		}
		memmove(bytes + 8, bytes + 11, 25);
		type.size = type.ptrdata = nwords * 8;
		for (size_t w = 0; w < 256; w++) {
			bool want = w < nwords &&
			    (type.gcdata[w / 8] >> (w % 8) & 1);

			EXPECT(t, (ptrmap_of_type(&type, w / 64) >> (w % 64) &
			    1) == want);
		}
	}
}

KTEST(gc_tables, runs_of_chunks_are_aligned_apart_and_all_go_back) /* CHUNK-1 */
{
	enum { N = 400 };
	static struct {
		uintptr_t     at;
		size_t        npages;
		struct chunk *chunk;
	} runs[N];
	struct mutator m;
	size_t out;

	world_enter(&m);
	gc_collect();
	out = gc_pages_out();
	for (int round = 0; round < 8000; round++) {
		int    i = (int)rand_below(&t->rand, N);
		size_t npages = 1UL << rand_below(&t->rand, 6);

		if (runs[i].at != 0) {
			uint64_t *p = (uint64_t *)runs[i].at;

			EXPECT_EQ(t, p[0], i);
			EXPECT_EQ(t, p[runs[i].npages * 512 - 1], i);
			chunk_free(p, runs[i].npages, runs[i].chunk);
			runs[i].at = 0;
		} else {
			uint64_t *p = chunk_alloc(npages, SIZE_MAX,
			    &runs[i].chunk);

			p[0] = p[npages * 512 - 1] = (uint64_t)i;
			EXPECT_EQ(t, (uintptr_t)p % PAGE_SIZE, 0);
			runs[i].at = (uintptr_t)p;
			runs[i].npages = npages;
		}
		if (round % 61 == 0) {
			size_t keep = rand_below(&t->rand, 500);

			chunk_release(keep, SIZE_MAX);
			EXPECT(t, chunk_free_pages() <= keep);
		}
		if (round % 100 == 0)
			chunk_check();
	}
	for (int i = 0; i < N; i++)
		if (runs[i].at != 0)
			chunk_free((void *)runs[i].at, runs[i].npages,
			    runs[i].chunk);
	memset(runs, 0, sizeof(runs));
	EXPECT_EQ(t, chunk_free_pages(), 0);
	/* Records of chunks are kept. */
	EXPECT(t, gc_pages_out() - out <= 8);
	world_leave(&m);
}
