/*
 * fuzz_fdt.c - the device-tree reader, and kernel/platform.c on top of it, on
 * damaged trees: nothing is read outside the blob (the sanitizers watch), every
 * walk ends, and each refusal has a reason.
 *
 * A round takes one of the trees, damages it in a few places, and reads it in
 * every possible way.  The seed of the run decides everything but how many
 * rounds fit into the time.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/platform.h"
#include "lib/fdt.h"
#include "tests/host/lib_dtb.h"
#include "tests/host/lib_platform.h"
#include "tests/ktest.h"
#include "tests/ktest_env.h"
#include "tests/unit/fdt_builder.h"

#define TIME_MAX (4 * NS_PER_S)

enum { ROUNDS = 20000, TREES = 8, DAMAGES_MAX = 4, WORK_LEN = 1 << 20 };

struct tree {
	uint8_t *blob;
	size_t   len;
};

/* Returns a word that is likely to be taken for something: a token, a length,
 * an offset, or a place close to the end of the blob. */
static uint32_t
tempting_word(struct rand *r, size_t len)
{
	switch (rand_below(r, 6)) {
	case 0:
		return rand_below(r, 10);		/* tokens */
	case 1:
		return (uint32_t)len - 8 + rand_below(r, 16);
	case 2:
		return ~0u - rand_below(r, 16);
	case 3:
		return 0x7fffffff + rand_below(r, 3);
	case 4:
		return rand_below(r, (uint32_t)len + 1);
	default:
		return rand_u32(r);
	}
}

/* Damage blob, which may grow by 64 bytes.  Returns its new length. */
static size_t
damage(struct rand *r, uint8_t *blob, size_t len)
{
	uint32_t at = rand_below(r, (uint32_t)len), n;

	if (rand_below(r, 4) == 0 && len > 40)
		at = rand_below(r, 40);			/* the header */
	switch (rand_below(r, 7)) {
	case 0:
		blob[at] ^= (uint8_t)(1 << rand_below(r, 8));
		return len;
	case 1:
		blob[at] = (uint8_t)rand_u32(r);
		return len;
	case 2:
	case 3:
		at &= ~3u;
		if (at + 4 <= len)
			fdtb_poke(blob, at, tempting_word(r, len));
		return len;
	case 4:					/* cut the end off */
		return MAX(at, 1u);
	case 5:					/* take some out */
		n = MIN(rand_below(r, 64), (uint32_t)len - at);
		memmove(blob + at, blob + at + n, len - at - n);
		return len - n;
	default:					/* repeat some */
		n = MIN(rand_below(r, 64), (uint32_t)len - at);
		memmove(blob + at + n, blob + at, len - at);
		return len + n;
	}
}

static void
read_properties(const struct fdt *fdt, const struct fdt_node *node,
    uint64_t *sum)
{
	struct fdt_prop prop;
	uint32_t        pos = node->props, cell;

	while (fdt_prop_next(fdt, &pos, &prop)) {
		*sum += strlen(prop.name);
		for (uint32_t i = 0; i < prop.len; i++)
			*sum += prop.value[i];
		for (uint32_t i = 0; fdt_cell(&prop, i, &cell); i++)
			*sum += cell;
		*sum += fdt_list_has(&prop, "riscv,plic0");
	}
}

/* Read all of a tree that was opened.  Returns the number of its nodes. */
static size_t
read_everything(const struct fdt *fdt, uint64_t *sum)
{
	struct fdt_walk w;
	struct fdt_node node;
	char            path[48];
	uint64_t        base, len;
	size_t          n = 0;
	const char     *s;

	for (uint32_t i = 0; i < fdt->nreserves; i++) {
		fdt_reserve(fdt, i, &base, &len);
		*sum += base + len;
	}
	fdt_walk_start(&w, fdt);
	while (fdt_walk_next(&w, &node)) {
		n++;
		*sum += strlen(node.name);
		*sum += strlen(fdt_walk_path(&w, path, 1 + n % sizeof(path)));
		*sum += fdt_walk_is_path(&w, "/soc/serial@10000000");
		*sum += fdt_walk_interrupt_parent(&w);
		for (uint32_t i = 0; fdt_walk_reg(&w, i, &base, &len) &&
		     i < 1000; i++)
			*sum += base + len;
		if (fdt_walk_address(&w, &base))
			*sum += base;
		s = fdt_string(fdt, &node, "compatible");
		*sum += s != NULL ? strlen(s) : 0;
		*sum += fdt_compatible(fdt, &node, "ns16550a");
		*sum += fdt_enabled(fdt, &node);
		read_properties(fdt, &node, sum);
	}
	return n;
}

/* Check what platform_init promises of any tree that it accepts. */
static void
check_platform(struct ktest *t)
{
	const struct platform *p = &platform;

	EXPECT(t, p->nharts >= 1 && p->nharts <= HART_MAX);
	EXPECT(t, p->nram >= 1 && p->nram <= PLATFORM_RANGES);
	EXPECT(t, p->nreserved <= PLATFORM_RANGES);
	EXPECT(t, p->timebase_hz > 0);
	EXPECT(t, p->uart_irq <= p->irqc_nsources);
	EXPECT(t, p->irqc_nsources < 1024);
	EXPECT(t, memchr(p->bootargs, 0, sizeof(p->bootargs)) != NULL);
	EXPECT(t, memchr(p->model, 0, sizeof(p->model)) != NULL);
	for (uint32_t i = 0; i < p->nram; i++)
		EXPECT(t, p->ram[i].base + p->ram[i].len >= p->ram[i].base);
}

static uint32_t
word_at(const uint8_t *blob, size_t at)
{
	return (uint32_t)blob[at] << 24 | (uint32_t)blob[at + 1] << 16 |
	    (uint32_t)blob[at + 2] << 8 | blob[at + 3];
}

/* Returns a copy of tree with its structure block last, so that reading past
 * the block is reading past the blob. */
static struct tree
structure_last(const struct tree *tree)
{
	uint32_t    at = word_at(tree->blob, 8), len = word_at(tree->blob, 36);
	struct tree t = { .len = ROUND_UP(tree->len, 4ul) + len };

	t.blob = calloc(1, t.len);
	memcpy(t.blob, tree->blob, tree->len);
	memcpy(t.blob + t.len - len, tree->blob + at, len);
	fdtb_poke(t.blob, 4, (uint32_t)t.len);
	fdtb_poke(t.blob, 8, (uint32_t)t.len - len);
	return t;
}

static void
one_round(struct ktest *t, const struct tree *tree, uint64_t *sum)
{
	static uint8_t work[WORK_LEN];
	size_t         len = tree->len;
	unsigned       skew = rand_below(&t->rand, 8);
	uint8_t       *copy;
	struct fdt     fdt;

	memcpy(work, tree->blob, len);
	for (uint32_t i = 1 + rand_below(&t->rand, DAMAGES_MAX);
	     i > 0 && len > 8; i--)
		len = damage(&t->rand, work, len);
	/* Most rounds have the right total size, or few would get further.  In
	 * some rounds the structure ends with the blob. */
	if (len >= 8 && rand_below(&t->rand, 4) != 0)
		fdtb_poke(work, 4, (uint32_t)len);
	if (len >= 40 && rand_below(&t->rand, 4) == 0 &&
	    word_at(work, 8) < len)
		fdtb_poke(work, 36, (uint32_t)len - word_at(work, 8));
	copy = lib_dtb_copy(work, len, skew);

	if (!fdt_open(&fdt, copy, len)) {
		EXPECT(t, fdt.error != NULL && fdt.error[0] != '\0');
	} else {
		EXPECT(t, fdt.error == NULL);
		EXPECT(t, read_everything(&fdt, sum) <= len / 8);
		if (lib_platform_read(0, copy))
			check_platform(t);
		else
			EXPECT(t, lib_platform_refusal[0] != '\0');
	}
	lib_dtb_free_copy(copy, skew);
}

KTEST(fdt, damaged_trees_are_read_safely_or_refused)
{
	struct tree trees[TREES];
	nanos_t     end = env_now() + TIME_MAX;
	uint64_t    sum = 0;
	uint32_t    n = 0, rounds = 0;

	trees[n].blob = malloc(8192);
	trees[n].len = fdtb_machine(trees[n].blob, 8192, 3);
	n++;
	for (int i = 0; lib_dtb_machines[i] != NULL; i++) {
		trees[n].blob = lib_dtb_from_qemu(lib_dtb_machines[i], 2,
		    &trees[n].len);
		n += trees[n].blob != NULL;
	}
	for (uint32_t i = n; i > 0; i--)
		trees[n++] = structure_last(&trees[i - 1]);
	for (; rounds < ROUNDS && !ktest_failed(t) && env_now() < end; rounds++)
		one_round(t, &trees[rand_below(&t->rand, n)], &sum);
	env_print("# %u damaged trees of %u kinds, sum %lx\n", rounds, n,
	    (unsigned long)sum);
	while (n > 0)
		free(trees[--n].blob);
}
