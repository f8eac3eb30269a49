/*
 * census.c - count the heap by type.  The report at the end of a program that
 * has run out of memory shows the result.
 *
 * An object does not record its type.  Marking needs only a pointer map, or a
 * type for objects above SIZECLASS_MAPPED bytes; one more word for each would
 * add an eighth to a small object.  So the census infers the type:
 *
 *	1. an object whose slot records a type is of that type;
 *	2. else it is of the type that its span was last asked for
 *	   (span->type), if its pointer map may be one of that type;
 *	3. else it is of the first type, among all that were ever
 *	   allocated, that its pointer map fits: preferably a type of its
 *	   size, or else a smaller type of which it may be an array;
 *	4. else its type is unknown, and it is counted with the other such
 *	   objects of its bin.
 *
 * Programs make many objects of one type in a row, and a leak fills whole
 * spans, so the types that matter come out right.  The census may confuse two
 * types of one size that have pointers at the same places and are allocated in
 * turns.  It may also confuse any two types without pointers.
 */
#include "gc/census.h"

#include "gc/heap.h"
#include "gc/ptrmap.h"
#include "gc/span.h"
#include "gc/type.h"
#include "lib/str.h"

enum {
	TYPES = CENSUS_TYPES,
	TRIES = 8,		/* slots that a type may be in */
	LINES = 12,		/* lines printed */
};

struct census_slot census_known[CENSUS_TYPES];

/* Return the slot that type is in or may be put in, or NULL if all such slots
 * are taken. */
static struct census_slot *
slot_for(const struct gc_type *type)
{
	uintptr_t hash = (uintptr_t)type >> 6;

	for (uintptr_t i = hash; i < hash + TRIES; i++) {
		/* relaxed, here and below: as in census_note. */
		census_type is = load_relaxed(&census_known[i % TYPES].type);

		if (is == type || is == NULL)
			return &census_known[i % TYPES];
	}
	return NULL;
}

void
census_note_slow(const struct gc_type *type)
{
	struct census_slot *slot = slot_for(type);
	census_type none = NULL;

	if (slot != NULL && load_relaxed(&slot->type) == type)
		return;
	type_examine(type);
	while (slot != NULL && !cas_relaxed(&slot->type, &none, type)) {
		slot = slot_for(type);
		none = NULL;
		if (slot != NULL && load_relaxed(&slot->type) == type)
			return;
	}
}

struct holding {
	const struct gc_type *type;	/* NULL: unknown */
	unsigned bin;
	uint64_t bytes, objects;
};

/* Static, because the stack may be short.  If two harts panic at once, each
 * spoils the other's numbers, and nothing else. */
static struct holding census[TYPES + BIN_COUNT];

/* May an object in a slot of size bytes, with the pointer map map, be one of
 * type?  If array is set: may it be an array of type? */
static bool
fits(const struct gc_type *type, uint64_t size, uint64_t map, bool array)
{
	uint64_t one, tiled = 0;

	if (type->ptrdata == 0 || type->size > size)
		return false;
	one = ptrmap_of_type(type, 0);
	if (!array)
		return sizeclasses[sizeclass_of(type->size)].size == size &&
		    map == one;
	if (type->size % 8 != 0)
		return false;
	for (uint64_t at = 0; at + type->size <= size; at += type->size) {
		tiled |= one << (at / 8);
		if (tiled == map)
			return true;
	}
	return false;
}

/* Guess the type of an object of s with the pointer map map.  Returns NULL if
 * no known type fits. */
static const struct gc_type *
guess(const struct span *s, uint64_t map)
{
	if (s->type != NULL && (fits(s->type, s->size, map, false) ||
	    fits(s->type, s->size, map, true)))
		return s->type;
	for (int array = 0; array < 2; array++)
		for (size_t i = 0; i < TYPES; i++) {
			census_type type =
			    load_relaxed(&census_known[i].type);

			if (type != NULL && fits(type, s->size, map, array))
				return type;
		}
	return NULL;
}

const struct gc_type *
census_type_of(const struct span *s, uint64_t i)
{
	if (s->types != NULL)
		return s->types[i];
	return s->noscan ? s->type :
	    guess(s, ptrmap_get(s, s->base + i * s->size));
}

static void
add(struct span *s, const struct gc_type *type)
{
	struct holding *h = &census[TYPES + s->bin];
	uintptr_t hash = (uintptr_t)type >> 6;

	for (uintptr_t i = hash; type != NULL && i < hash + TRIES; i++)
		if (load_relaxed(&census_known[i % TYPES].type) == type) {
			h = &census[i % TYPES];
			h->type = type;
			break;
		}
	h->bin = s->bin;
	h->bytes += s->size;
	h->objects++;
}

static void
count_span(struct span *s, void *unused)
{
	const struct gc_type *type = s->type;
	uint64_t last = 0;		/* the map for which type was guessed */

	(void)unused;
	for (uint32_t i = 0; i < s->nslots; i++) {
		uintptr_t base = s->base + i * s->size;

		if (!span_allocated(s, i))
			continue;
		if (s->types != NULL) {
			type = s->types[i];
		} else if (!s->noscan && ptrmap_get(s, base) != last) {
			last = ptrmap_get(s, base);
			type = guess(s, last);
		}
		add(s, type);
	}
}

/* Move the entry that holds most to *out, and empty its place in the table.
 * Returns false if all entries are empty. */
static bool
take_largest(struct holding *out)
{
	struct holding *max = &census[0];

	for (size_t i = 1; i < ARRAY_LEN(census); i++)
		if (census[i].bytes > max->bytes)
			max = &census[i];
	*out = *max;
	max->bytes = 0;
	return out->bytes > 0;
}

static void
print_one(const struct holding *h,
    void (*out)(const char *fmt, ...) PRINTF(1, 2))
{
	unsigned long size = sizeclasses[h->bin / 2].size;
	const char *pointers = h->bin & 1 ? "without" : "with";

	if (h->type != NULL)
		out("heap: %8lu KiB in %lu objects of type %s (%lu bytes "
		    "each)\n", h->bytes / KIB, h->objects, type_name(h->type),
		    h->bytes / h->objects);
	else if (size == 0)
		out("heap: %8lu KiB in %lu large objects %s pointers\n",
		    h->bytes / KIB, h->objects, pointers);
	else
		out("heap: %8lu KiB in %lu objects of up to %lu bytes %s "
		    "pointers\n", h->bytes / KIB, h->objects, size, pointers);
}

void
census_print(void (*out)(const char *fmt, ...))
{
	uint64_t kinds = 0, bytes = 0;
	struct holding h;

	memset(census, 0, sizeof(census));
	span_each(count_span, NULL);
	for (int i = 0; i < LINES && take_largest(&h); i++)
		print_one(&h, out);
	while (take_largest(&h)) {
		bytes += h.bytes;
		kinds++;
	}
	if (kinds > 0)
		out("heap: %8lu KiB in objects of %lu other kinds\n",
		    bytes / KIB, kinds);
}
