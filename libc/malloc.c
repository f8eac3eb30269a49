/*
 * malloc.c - malloc and free for the C library, on the collected heap.
 *
 * What malloc returns lives until it is freed, whoever has its address or not,
 * and the collector does not look into it: a pointer to an object of the heap
 * that is nowhere else keeps nothing alive (as with cgo's C.malloc in Go).
 *
 * Small blocks have 21 sizes, 32 and 48 bytes and twice as much each time: each
 * size has a list of free blocks, with a lock of its own, and chunks from which
 * new blocks are cut.  A chunk is an object of the heap without pointers, kept
 * for good by a pin.  A large block is an object of its own, and its pin goes
 * when it is freed: then a collection takes the memory back.  It all counts as
 * memory of the heap, for GOGC and GOMEMLIMIT too.
 *
 *	MALLOC-1 16 bytes in front of what malloc returns are its header.
 *	MALLOC-2 A block of the heap that holds blocks of ours is in the list of
 *		pins, which is a root.
 *
 * A header says whether its block is in use, so that a wrong or second free is
 * a panic, as far as the header is intact.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "libc/libc.h"

enum {
	CLASSES = 21,
	LARGEST = 32768,	/* the size of the last class */
	CHUNK = 64 * 1024,
};

enum kind { SMALL = 0x5a11, LARGE = 0x1a46, ALIGNED = 0xa119, FREE = 0xf4ee };

/* An object of the heap, kept alive. */
struct pin {
	struct pin *next, *prev;
	void       *object;
	size_t      len;	/* of the object */
};
GC_TYPE(pin, next, prev, object);

struct header {				/* MALLOC-1 */
	uint32_t kind;
	uint32_t size_class;	/* of a small block */
	union {
		struct header *next;	/* free: the next free one */
		struct pin    *pin;	/* large; the list keeps it alive */
		void          *block;	/* aligned: what malloc returned */
	};
};
_Static_assert(sizeof(struct header) == 16, "MALLOC-1");

struct size_class {
	struct mutex   mutex;
	struct header *free;
	char          *fresh, *fresh_end;	/* the rest of a chunk */
};

static struct size_class classes[CLASSES];
static struct mutex      pins_mutex;
static struct pin       *pins;		/* a root: MALLOC-2 */
static struct once       rooted;

/* Returns the bytes of a block of class k, its header included. */
static size_t
class_size(unsigned k)
{
	return (size_t)(k % 2 == 0 ? 32 : 48) << k / 2;
}

/* Returns the smallest class with blocks of n bytes. */
static unsigned
class_of(size_t n)
{
	unsigned k = 0;

	while (class_size(k) < n)
		k++;
	return k;
}

static void
make_root(void *unused)
{
	(void)unused;
	gc_root(pins);
}

/* Returns the pin of a new object of n bytes, which is kept until unpin; NULL
 * without memory. */
static struct pin *
pin_new(size_t n)
{
	struct pin *pin;
	void       *object = gc_try_new_bytes(n);

	once_do(&rooted, make_root, NULL);
	if (object == NULL)
		return NULL;
	pin = gc_try_new(&pin_type);
	if (pin == NULL)
		return NULL;
	gc_store(&pin->object, object);
	pin->len = n;
	mutex_lock(&pins_mutex);
	gc_store(&pin->next, pins);
	if (pins != NULL)
		gc_store(&pins->prev, pin);
	gc_store(&pins, pin);
	mutex_unlock(&pins_mutex);
	return pin;
}

static void
unpin(struct pin *pin)
{
	mutex_lock(&pins_mutex);
	if (pin->prev != NULL)
		gc_store(&pin->prev->next, pin->next);
	else
		gc_store(&pins, pin->next);
	if (pin->next != NULL)
		gc_store(&pin->next->prev, pin->prev);
	mutex_unlock(&pins_mutex);
}

/* Cut a block of size bytes from c's chunk, or from a new one.  With c's lock.
 * Returns NULL without memory. */
static struct header *
cut(struct size_class *c, size_t size)
{
	struct header *h;

	if ((size_t)(c->fresh_end - c->fresh) < size) {
		struct pin *pin = pin_new(CHUNK);

		if (pin == NULL)
			return NULL;
		c->fresh = pin->object;
		c->fresh_end = c->fresh + CHUNK;
	}
	h = (struct header *)c->fresh;
	c->fresh += size;
	return h;
}

static void *
small_alloc(size_t size)
{
	unsigned           k = class_of(size);
	struct size_class *c = &classes[k];
	struct header     *h;

	mutex_lock(&c->mutex);
	h = c->free;
	if (h != NULL)
		c->free = h->next;
	else
		h = cut(c, class_size(k));
	mutex_unlock(&c->mutex);
	if (h == NULL)
		return NULL;
	*h = (struct header){ .kind = SMALL, .size_class = k };
	return h + 1;
}

static void *
large_alloc(size_t size)
{
	struct pin    *pin = pin_new(size);
	struct header *h;

	if (pin == NULL)
		return NULL;
	h = pin->object;
	*h = (struct header){ .kind = LARGE, .pin = pin };
	return h + 1;
}

void *
malloc(size_t n)
{
	size_t size = n + sizeof(struct header);
	void  *p = NULL;

	if (size > n)
		p = size <= LARGEST ? small_alloc(size) : large_alloc(size);
	if (p == NULL)
		errno = ENOMEM;
	return p;
}

/* Returns the header of the block at p, which must be in use. */
static struct header *
header_of(void *p, const char *what)
{
	struct header *h = (struct header *)p - 1;

	if ((uintptr_t)p % sizeof(struct header) == 0) {
		if (h->kind == SMALL && h->size_class < CLASSES)
			return h;
		if (h->kind == LARGE || h->kind == ALIGNED)
			return h;
		if (h->kind == FREE)
			go_panic("%s of a block that is free: %p", what, p);
	}
	go_panic("%s of what malloc has not returned: %p", what, p);
}

void
free(void *p)
{
	struct header     *h;
	struct size_class *c;
	struct pin        *pin;

	if (p == NULL)
		return;
	h = header_of(p, "free");
	if (h->kind == ALIGNED) {
		p = h->block;
		h->kind = FREE;
		free(p);
	} else if (h->kind == LARGE) {
		pin = h->pin;
		h->kind = FREE;
		unpin(pin);
	} else {
		c = &classes[h->size_class];
		mutex_lock(&c->mutex);
		h->kind = FREE;
		h->next = c->free;
		c->free = h;
		mutex_unlock(&c->mutex);
	}
}

size_t
malloc_usable_size(void *p)
{
	struct header *h;

	if (p == NULL)
		return 0;
	h = header_of(p, "malloc_usable_size");
	if (h->kind == ALIGNED)
		return malloc_usable_size(h->block) -
		    (size_t)((char *)p - (char *)h->block);
	return (h->kind == LARGE ? h->pin->len : class_size(h->size_class)) -
	    sizeof(*h);
}

void *
calloc(size_t n, size_t size)
{
	size_t bytes;
	void  *p;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(bytes);
	return p != NULL ? memset(p, 0, bytes) : NULL;
}

void *
realloc(void *p, size_t n)
{
	size_t had = malloc_usable_size(p);
	void  *new;

	if (p != NULL && n == 0) {
		free(p);
		return NULL;
	}
	/* Half of it is too little to move for. */
	if (p != NULL && n <= had && n >= had / 2)
		return p;
	new = malloc(n);
	if (new != NULL && p != NULL) {
		memcpy(new, p, n < had ? n : had);
		free(p);
	}
	return new;
}

void *
memalign(size_t align, size_t n)
{
	size_t         room = n + align;
	char          *block, *p;
	struct header *h;

	if (align == 0 || (align & (align - 1)) != 0 || room < n) {
		errno = EINVAL;
		return NULL;
	}
	block = malloc(room);
	if (block == NULL || (uintptr_t)block % align == 0)
		return block;
	/* At least 16 bytes on: room for a header of its own. */
	p = (char *)(((uintptr_t)block + align) & ~(align - 1));
	h = (struct header *)p - 1;
	*h = (struct header){ .kind = ALIGNED, .block = block };
	return p;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	void *p;

	if (align % sizeof(void *) != 0)
		return EINVAL;
	p = memalign(align, n);
	if (p == NULL)
		return errno;
	*out = p;
	return 0;
}
