/*
 * table.c - how often each word has come.
 *
 * A hash table in the collected heap.  Each bucket has a lock of its own.
 */
#include "table/table.h"

#include "antler.h"

enum { BUCKETS = 64 };

struct entry {
	struct entry *next;
	char         *word;
	size_t        len;
	size_t        count;
};
GC_TYPE(entry, next, word);

static struct entry *buckets[BUCKETS];	/* a root */
static struct mutex  locks[BUCKETS];
static struct once   rooted;

static void
make_root(void *unused)
{
	(void)unused;
	gc_root(buckets);
}

static bool
equal(const struct entry *e, const char *word, size_t len)
{
	if (e->len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (e->word[i] != word[i])
			return false;
	return true;
}

static struct entry *
new_entry(const char *word, size_t len)
{
	struct entry *e = gc_new(&entry_type);

	gc_store(&e->word, gc_new_bytes(len));
	for (size_t i = 0; i < len; i++)
		e->word[i] = word[i];
	e->len = len;
	return e;
}

void
table_count(const char *word, size_t len)
{
	struct entry *e;
	size_t        bucket = len;

	once_do(&rooted, make_root, NULL);
	for (size_t i = 0; i < len; i++)
		bucket = bucket * 31 + (unsigned char)word[i];
	bucket %= BUCKETS;
	mutex_lock(&locks[bucket]);
	for (e = buckets[bucket]; e != NULL && !equal(e, word, len);
	    e = e->next)
		;
	if (e == NULL) {
		e = new_entry(word, len);
		gc_store(&e->next, buckets[bucket]);
		gc_store(&buckets[bucket], e);
	}
	e->count++;
	mutex_unlock(&locks[bucket]);
}

/* Does a stand before b?  It does if it came more often or, if both came as
 * often, if it is earlier in the alphabet. */
static bool
is_before(const struct entry *a, const struct entry *b)
{
	size_t i = 0;

	if (a->count != b->count)
		return a->count > b->count;
	while (i < a->len && i < b->len && a->word[i] == b->word[i])
		i++;
	return i < b->len && (i == a->len || a->word[i] < b->word[i]);
}

/* Returns the first entry behind last, or the first of all if last is NULL;
 * NULL if there is none. */
static struct entry *
first_behind(const struct entry *last)
{
	struct entry *first = NULL;

	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = buckets[i]; e != NULL; e = e->next)
			if ((last == NULL || is_before(last, e)) &&
			    (first == NULL || is_before(e, first)))
				first = e;
	return first;
}

void
table_print(size_t n)
{
	struct entry *e;
	size_t        all = 0;

	for (e = first_behind(NULL); e != NULL; e = first_behind(e)) {
		if (n > 0 && n-- > 0)
			print("%6lu %.*s\n", e->count, (int)e->len, e->word);
		all += e->count;
	}
	print("%lu words\n", all);
}
