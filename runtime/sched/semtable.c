/*
 * semtable.c - see semtable.h.
 */
#include "runtime/sched/semtable.h"

#include "lib/check.h"

enum { ROOTS = 256 };

static struct sem_root roots[ROOTS] = {
	[0 ... ROOTS - 1] = { .lock = SPINLOCK_INIT("sema", RANK_SEMA) },
};

struct sem_root *
semtable_lock(const void *addr)
{
	/* Multiplicative hashing (Knuth); objects are 4 bytes or more. */
	struct sem_root *root = &roots[((uintptr_t)addr >> 2) *
	    0x9e3779b97f4a7c15UL >> 56];

	_Static_assert(ROOTS == 1 << (64 - 56), "the hash has 8 bits");
	spin_lock(&root->lock);
	return root;
}

/* Returns the link of root's tree that leads to the node of addr, or the empty
 * link where that node would be.  If joint is not NULL, sets *joint to the
 * first link on the way there that leads to a node of lower priority than prio,
 * or to the returned link if there is none. */
static struct sem_waiter **
find(struct sem_root *root, uintptr_t addr, uint32_t prio,
    struct sem_waiter ***joint)
{
	struct sem_waiter **link = &root->top, **at = NULL, *w;

	while ((w = *link) != NULL && (uintptr_t)w->addr != addr) {
		if (at == NULL && w->prio < prio)
			at = link;
		link = addr < (uintptr_t)w->addr ? &w->left : &w->right;
	}
	if (joint != NULL)
		*joint = at != NULL ? at : link;
	return link;
}

/* Split tree, which has no node of w's address, into the nodes left of w and
 * the nodes right of w, and make these two trees the children of w. */
static void
split_around(struct sem_waiter *tree, struct sem_waiter *w)
{
	struct sem_waiter **left = &w->left, **right = &w->right;

	while (tree != NULL)
		if ((uintptr_t)tree->addr < (uintptr_t)w->addr) {
			*left = tree;
			left = &tree->right;
			tree = tree->right;
		} else {
			*right = tree;
			right = &tree->left;
			tree = tree->left;
		}
	*left = *right = NULL;
}

/* Merge the trees a and b, where all addresses in a are below all in b, and
 * store the resulting tree in *link. */
static void
merge(struct sem_waiter **link, struct sem_waiter *a, struct sem_waiter *b)
{
	while (a != NULL && b != NULL)
		if (a->prio >= b->prio) {
			*link = a;
			link = &a->right;
			a = a->right;
		} else {
			*link = b;
			link = &b->left;
			b = b->left;
		}
	*link = a != NULL ? a : b;
}

/* Let heir replace was as the first waiter of its address, and so as the node
 * that link leads to. */
static void
succeed(struct sem_waiter **link, struct sem_waiter *was,
    struct sem_waiter *heir)
{
	heir->left = was->left;
	heir->right = was->right;
	heir->prio = was->prio;
	*link = heir;
}

void
semtable_put(struct sem_root *root, const void *addr, struct sem_waiter *w,
    bool first)
{
	struct sem_waiter **link, **joint, *was;
	uint32_t prio;

	ASSERT_HELD(&root->lock);
	if (root->rand.state == 0)
		rand_seed(&root->rand, (uintptr_t)root);
	prio = rand_u32(&root->rand);
	w->addr = addr;
	w->next = NULL;
	link = find(root, (uintptr_t)addr, prio, &joint);
	was = *link;
	if (was == NULL) {
		w->prio = prio;
		w->last = w;
		split_around(*joint, w);	/* SEMT-1 */
		*joint = w;
	} else if (first) {
		w->next = was;			/* SEMT-2 */
		w->last = was->last;
		succeed(link, was, w);
	} else {
		was->last->next = w;		/* SEMT-2 */
		was->last = w;
	}
}

struct sem_waiter *
semtable_first(struct sem_root *root, const void *addr)
{
	ASSERT_HELD(&root->lock);
	return *find(root, (uintptr_t)addr, 0, NULL);
}

struct sem_waiter *
semtable_take(struct sem_root *root, const void *addr, uint32_t n, bool *more)
{
	struct sem_waiter **link = find(root, (uintptr_t)addr, 0, NULL);
	struct sem_waiter *first = *link, *last = first, *heir;

	ASSERT_HELD(&root->lock);
	*more = first != NULL;
	if (first == NULL || n == 0)
		return NULL;
	while (--n > 0 && last->next != NULL)
		last = last->next;
	heir = last->next;
	last->next = NULL;
	*more = heir != NULL;
	if (heir == NULL) {
		merge(link, first->left, first->right);
	} else {
		heir->last = first->last;
		succeed(link, first, heir);
	}
	return first;
}

struct sem_waiter *
semtable_take_all(struct sem_root *root, const void *addr)
{
	struct sem_waiter **link = find(root, (uintptr_t)addr, 0, NULL);
	struct sem_waiter *first = *link;

	ASSERT_HELD(&root->lock);
	if (first != NULL)
		merge(link, first->left, first->right);
	return first;
}

/* Check tree, whose addresses must be in [low, high] and whose priorities must
 * be at most prio.  Returns the number of waiters in it.  The recursion is as
 * deep as the tree: almost certainly logarithmic, and only tests call this. */
static uint32_t
check_tree(const struct sem_waiter *tree, uintptr_t low, uintptr_t high,
    uint32_t prio)
{
	const struct sem_waiter *w = tree;
	uintptr_t addr;
	uint32_t n = 1;

	if (tree == NULL)
		return 0;
	addr = (uintptr_t)tree->addr;
	CHECK(low <= addr && addr <= high);		/* SEMT-1 */
	CHECK(tree->prio <= prio);
	for (; w->next != NULL; w = w->next, n++)
		CHECK(w->next->addr == tree->addr);	/* SEMT-2 */
	CHECK(tree->last == w);
	return n + check_tree(tree->left, low, addr - 1, tree->prio) +
	    check_tree(tree->right, addr + 1, high, tree->prio);
}

uint32_t
semtable_check(const struct sem_root *root)
{
	ASSERT_HELD(&root->lock);
	return check_tree(root->top, 1, UINTPTR_MAX - 1, UINT32_MAX);
}

void
semtable_range(uintptr_t *lo, uintptr_t *hi)
{
	*lo = (uintptr_t)roots;
	*hi = (uintptr_t)(roots + ROOTS);
}

static void
each_below(struct sem_waiter *tree,
    void (*fn)(struct sem_waiter *w, const void *addr, void *arg), void *arg)
{
	if (tree == NULL)
		return;
	each_below(tree->left, fn, arg);
	for (struct sem_waiter *w = tree; w != NULL; w = w->next)
		fn(w, tree->addr, arg);
	each_below(tree->right, fn, arg);
}

void
semtable_each(void (*fn)(struct sem_waiter *w, const void *addr, void *arg),
    void *arg)
{
	for (uint32_t i = 0; i < ROOTS; i++)
		each_below(roots[i].top, fn, arg);
}
