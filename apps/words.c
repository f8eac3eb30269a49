/*
 * words.c - slices: the words of a text, sorted by length into shelves and
 * counted.
 *
 *	make qemu APP=apps/words.c
 */
#include "antler.h"

static const char text[] =
    "A goroutine waits until a channel has a word for it, and a channel "
    "keeps a word until a goroutine waits for it. Who comes first waits; who "
    "comes last goes on at once, and takes the word along, or leaves it.";

/* The characters are in the text, so there is no pointer into the heap. */
struct word {
	const char *start;
	size_t      len;
	long        count;
};
GC_TYPE_NOPTR(word);

/* The words of one length: a slice in an element of a slice. */
struct shelf {
	struct slice words;
};
GC_TYPE(shelf, words.ptr);

static bool
is_letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool
same(const struct word *a, const struct word *b)
{
	for (size_t i = 0; i < a->len; i++)
		if ((a->start[i] | 32) != (b->start[i] | 32))
			return false;
	return a->len == b->len;
}

/* Returns shelves, extended by empty shelves until there is one for words of
 * len letters. */
static struct slice
need_shelf(struct slice shelves, size_t len)
{
	const struct shelf empty = { .words = { 0 } };

	while (shelves.len <= len)
		shelves = slice_append(&shelf_type, shelves, &empty, 1);
	return shelves;
}

static void
put_word(struct shelf *shelf, const struct word *word)
{
	struct slice words = shelf->words;

	for (size_t i = 0; i < words.len; i++) {
		struct word *known = slice_at(&word_type, words, i);

		if (same(known, word)) {
			known->count++;
			return;
		}
	}
	words = slice_append(&word_type, words, word, 1);
	/* The shelf is in the heap, so its pointer is stored by gc_store. */
	gc_store(&shelf->words.ptr, words.ptr);
	shelf->words.len = words.len;
	shelf->words.cap = words.cap;
}

int
main(void)
{
	struct slice shelves = { 0 };
	long n = 0;

	for (const char *p = text; *p != '\0'; p++) {
		struct word w = { .start = p, .count = 1 };

		while (is_letter(*p))
			p++;
		w.len = (size_t)(p - w.start);
		if (w.len == 0)
			continue;
		shelves = need_shelf(shelves, w.len);
		put_word(slice_at(&shelf_type, shelves, w.len), &w);
		n++;
		p--;
	}
	print("%ld words\n", n);
	for (size_t len = 1; len < shelves.len; len++) {
		struct shelf *shelf = slice_at(&shelf_type, shelves, len);

		for (size_t i = 0; i < shelf->words.len; i++) {
			struct word *w = slice_at(&word_type, shelf->words, i);

			if (w->count > 1)
				print("%2ld x %.*s\n", w->count, (int)len,
				    w->start);
		}
	}
	return 0;
}
