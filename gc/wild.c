/*
 * wild.c - words that may lead to objects about to be freed: GODEBUG=gcwild.
 *
 * A program that keeps a pointer where the collector does not look, or stores
 * a pointer without gc_store, loses the object in silence, and finds another
 * object in its place much later.  At the end of each marking, with the world
 * stopped and before anything is swept, this mode searches for words that lead
 * to objects about to be freed, that is, to white ones.  It finds four kinds:
 *
 *	a global	a word of the program's data (gc_host.program_data)
 *			that is no pointer of a registered root;
 *	an integer	a word of a live object that is no pointer by the
 *			object's map, and is the address of the first byte of
 *			the white object;
 *	stored		a pointer of a live object or of a registered root.
 *			Marking has followed every such pointer that was there
 *			when the holder was marked, and gc_store would have
 *			marked the object.  So the pointer was stored while
 *			marking went on, without gc_store;
 *	overwritten	a pointer of an object or of a registered root that led
 *			to the white object when marking began, and leads to no
 *			white object any more.  gc_store would have marked the
 *			object before it overwrote the pointer.
 *
 * The first two kinds are guesses from the value of a word: a number may look
 * like an address, and a program may leave an address behind that it does not
 * use again.  The last two kinds are certain.
 *
 *	WILD-1	An object that could be reached when marking began is marked at
 *		its end (MARKER-3).  So if it is white, a pointer on the way to
 *		it was overwritten without gc_store; at the latest the one that
 *		led to the first white object of the way, from a live object or
 *		from a root.
 *
 * For the last kind, a snapshot is taken before marking begins
 * (wild_snapshot.c).  Without memory for it the other kinds are still found.
 * An object that the snapshot reached from a stack or from a register is never
 * told of as overwritten: the goroutine that begins a collection runs between
 * the snapshot and the scan of its stack, and may drop a stale word meanwhile.
 *
 * Stacks are not searched.  Every frame has stale words, and a white object
 * that a goroutine still uses came from one of the places above.
 *
 * Two kinds of integers are passed over because they are no mistakes.  The
 * handle of a weak pointer leads to a dead object by design.  And the end of a
 * live object may be the beginning of the next one, a dead one.  A word with
 * that address is taken for the end if the word before or after it leads to the
 * live object, as in a pair of bounds.
 *
 * Each place is told of once: a global by its address, a word of an object by
 * the object's type and the word's offset.  Repetitions are only counted.
 *
 * Rejected: integers that lead into the middle of an object, or carry a tag in
 * their lowest bits.  The seals of our own objects (runtime/fail/seal.h) are
 * sums of an address and a number, and many a hash or size is as large as an
 * address; there would be several false reports for each true one.
 */
#include "gc/wild.h"

#include "gc/census.h"
#include "gc/heap.h"
#include "gc/ptrmap.h"
#include "gc/root.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/special.h"
#include "gc/why.h"
#include "gc/wild_internal.h"
#include "kernel/console.h"

enum {
	LINES  = 16,		/* printed in one cycle, at most */
	PLACES = 64,		/* printed ever, at most */
};

enum kind { GLOBAL, INTEGER, STORED, OVERWRITTEN, KINDS };

/* A place that is told of only once.  of is a type, or the size of a slot if no
 * type is known; or 0 for a word outside the heap, and then at is the address
 * of the word. */
struct place {
	enum kind kind;
	uintptr_t of, at;
};

/* World stopped. */
static struct {
	uint64_t     found[KINDS];	/* since boot */
	struct place told[PLACES];
	size_t       ntold;
	uint64_t     now, printed;	/* of this cycle: words found, and lines
					 * printed */
	bool         warned;		/* it has been told that there was no
					 * memory */
} wild;

/* ---- telling ---- */

static struct place
place_of(enum kind kind, uintptr_t at)
{
	const struct span *s = span_of(at);
	const struct gc_type *type;
	uint64_t i, offset;

	if (s == NULL)
		return (struct place){ kind, 0, at };
	i = span_index(s, at);
	type = census_type_of(s, i);
	offset = at - s->base - i * s->size;
	if (s->noscan)			/* bytes: one place, at any offset */
		return (struct place){ kind, s->size, 0 };
	if (type == NULL)
		return (struct place){ kind, s->size, offset };
	return (struct place){ kind, (uintptr_t)type, offset % type->size };
}

/* Returns whether the word at at is to be told of now, and notes that. */
static bool
is_new(enum kind kind, uintptr_t at)
{
	struct place p = place_of(kind, at);

	for (size_t i = 0; i < wild.ntold; i++)
		if (wild.told[i].kind == p.kind && wild.told[i].of == p.of &&
		    wild.told[i].at == p.at)
			return false;
	if (wild.ntold == PLACES || wild.printed == LINES)
		return false;
	wild.told[wild.ntold++] = p;
	return true;
}

static void
tell_place(uintptr_t at)
{
	const struct span *s = span_of(at);

	if (s != NULL) {
		(void)gc_tell_object(at, kprintf);
		kprintf(", at + %lu", (unsigned long)(at - s->base -
		    span_index(s, at) * s->size));
	} else if (gc_host.tell_place != NULL) {
		gc_host.tell_place(at, kprintf);
	} else {
		kprintf("the word at %#lx", (unsigned long)at);
	}
}

/* Count the word at at, which leads, or led, to the white object that obj is an
 * address in; and tell of the word if its place is new. */
static void
found(enum kind kind, uintptr_t at, uintptr_t obj)
{
	static const char *const verbs[KINDS] = {
		[GLOBAL] = "may lead to", [INTEGER] = "may lead to",
		[STORED] = "leads to", [OVERWRITTEN] = "led to",
	};
	static const char *const whys[KINDS] = {
		[GLOBAL] = "that global is no root (no mistake if it is a "
		    "number, or not used again)",
		[INTEGER] = "the collector sees no pointer there (no mistake "
		    "if it is a number, or not used again)",
		[STORED] = "it was stored without gc_store",
		[OVERWRITTEN] = "it was overwritten without gc_store",
	};

	wild.found[kind]++;
	wild.now++;
	if (!is_new(kind, at))
		return;
	wild.printed++;
	kprintf("gcwild: ");
	tell_place(at);
	kprintf(" %s ", verbs[kind]);
	(void)gc_tell_object(obj, kprintf);
	kprintf(", which is being freed: %s\n", whys[kind]);
}

/* ---- searching ---- */

/* Returns whether the word at at, of the object at base in s, is a pointer by
 * the object's map. */
static bool
is_pointer(const struct span *s, uintptr_t base, uintptr_t at)
{
	const struct gc_type *type;
	uint64_t word;

	if (s->noscan)
		return false;
	if (s->types == NULL)
		return ptrmap_get(s, base) >> ((at - base) / 8) & 1;
	type = s->types[span_index(s, base)];
	if (type == NULL)
		return false;			/* a slot that was not given
						 * out yet */
	word = (at - base) % type->size / 8;
	return word < type->ptrdata / 8 &&
	    (type->gcdata[word / 8] >> (word % 8) & 1) != 0;
}

/*
 * Returns whether v, the word at at of the object from lo to hi, is the end of
 * a live object that the word before or after it leads to.  v begins a white
 * object.
 */
static bool
is_end(uintptr_t v, uintptr_t at, uintptr_t lo, uintptr_t hi)
{
	struct gc_object x;

	return !span_leads_to_white(v - 1) &&
	    gc_find_object((void *)(v - 1), &x) && x.allocated &&
	    ((at > lo && slot_load(at - 8) - (uintptr_t)x.base < x.size) ||
	    (at + 16 <= hi && slot_load(at + 8) - (uintptr_t)x.base < x.size));
}

/* Returns whether v, which leads to a white object, is its first byte. */
static bool
begins_object(uintptr_t v)
{
	const struct span *s = span_of(v);

	return v == s->base + span_index(s, v) * s->size;
}

/* Look at all words of the object at base in s, which is live. */
static void
search_object(const struct span *s, uintptr_t base)
{
	uintptr_t end = base + s->size;

	for (uintptr_t at = base; at + 8 <= end; at += 8) {
		uintptr_t v = slot_load(at);

		if (!span_leads_to_white(v))
			continue;
		if (is_pointer(s, base, at))
			found(STORED, at, v);
		else if (begins_object(v) && !special_is_handle(at, v) &&
		    !is_end(v, at, base, end))
			found(INTEGER, at, v);
	}
}

static void
search_span(struct span *s, void *unused)
{
	(void)unused;
	for (uint64_t i = 0; i < s->nslots; i++)
		if (span_allocated(s, i) && !span_white(s, i))
			search_object(s, s->base + i * s->size);
}

static void
search_root(uintptr_t at)
{
	uintptr_t v = slot_load(at);

	if (span_leads_to_white(v))
		found(STORED, at, v);
}

/* Look at the words from lo to hi, both multiples of 8. */
static void
search_globals(uintptr_t lo, uintptr_t hi)
{
	for (uintptr_t at = lo; at < hi; at += 8) {
		uintptr_t v = slot_load(at);

		if (span_leads_to_white(v) && !root_has(at))
			found(GLOBAL, at, v);
	}
}

/*
 * WILD-1.  The white object obj was reached through the word at at, which is in
 * an object, in a root block or on a stack.  If the word still leads to a white
 * object it was not overwritten, and the mistake is further up on the way; or
 * it was, and has been found as stored.
 */
static void
lost(uintptr_t obj, uintptr_t at)
{
	if ((span_of(at) != NULL || root_has(at)) &&
	    !span_leads_to_white(slot_load(at)))
		found(OVERWRITTEN, at, obj);
}

static void
search_all(void)
{
	uintptr_t lo, hi;

	wild.now = wild.printed = 0;
	for (unsigned i = 0; gc_host.program_data != NULL &&
	    gc_host.program_data(i, &lo, &hi); i++)
		search_globals(lo, hi);
	root_each_word(search_root);
	span_each(search_span, NULL);
	wild_snapshot_each_lost_stw(lost);
	if (wild.printed != 0 && wild.printed != wild.now)
		kprintf("gcwild: and %lu more like these\n",
		    wild.now - wild.printed);
	if (wild.now != 0 && gc_params.wild == WILD_ENDS_THE_PROGRAM &&
	    gc_host.fatal != NULL)
		gc_host.fatal("gcwild: %lu words may lead to objects that are "
		    "being freed", wild.now);
}

void
wild_begin_stw(bool beside)
{
	if (!beside || wild_snapshot_take_stw() || wild.warned)
		return;
	wild.warned = true;
	kprintf("gcwild: no memory to note what can be reached; pointers that "
	    "are overwritten are not looked for\n");
}

void
wild_end_stw(void)
{
	if (gc_params.wild != WILD_OFF)
		search_all();
	wild_snapshot_drop_stw();
}

struct wild_stats
wild_stats(void)
{
	return (struct wild_stats){
		.globals = wild.found[GLOBAL],
		.integers = wild.found[INTEGER],
		.stored = wild.found[STORED],
		.overwritten = wild.found[OVERWRITTEN],
	};
}
