/*
 * gc_graph.c - random object graphs, mutated by several threads while the
 * collector runs, against a shadow model that knows what must be alive.
 *
 * Each thread changes only its own objects, but the pointers in them may lead
 * to objects of any thread, which come by way of a shared exchange.  About half
 * of all pointers and roots are interior.  Words that are not pointers hold
 * numbers, or addresses of objects, which must not keep those objects alive.
 * When all threads have met, one of them checks that
 *
 *	- every object the model can reach has the contents the model says;
 *	- after a collection there are exactly as many objects as that;
 *	- the heap's invariants hold.
 *
 * Seen to fail with each of these broken: a root job skipped, the allocated
 * test of mark_value, the second word of ptrmap_get, alloc bits not set by
 * run_take, oblets not pushed, run_close returning a slot too many, half of
 * work_share's copy, work_flush losing the spare buffer, a sweep that forgets
 * to clear marks, types beyond the first 64 words.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gc/gc.h"
#include "gc/slot.h"
#include "tests/host/gc_pages.h"
#include "tests/host/gc_world.h"
#include "tests/ktest.h"

struct pair { void *p; long n; };
struct six { long a; void *p; long b[2]; void *q[2]; };
struct node { void *next, *other; long pay[6]; };
struct mid { long a[20]; void *p[3]; long b[30]; void *q; };
struct wide { void *p; long a[69]; void *q[2]; long b[400]; void *r; };
struct blob { char bytes[40]; };
GC_TYPE(pair, p);
GC_TYPE(six, p, q);
GC_TYPE(node, next, other);
GC_TYPE(mid, p, q);
GC_TYPE(wide, p, q, r);
GC_TYPE_NOPTR(blob);

/* The types that are made, and up to how many elements in an array of each. */
static const struct kind {
	const struct gc_type *type;
	uint32_t              max_n;
	uint32_t              weight;
} kinds[] = {
	{ &pair_type, 1, 20 },
	{ &six_type, 1, 20 },
	{ &node_type, 1, 20 },
	{ &mid_type, 1, 8 },
	{ &wide_type, 1, 4 },
	{ &blob_type, 1, 8 },
	{ &pair_type, 30, 5 },
	{ &six_type, 60, 5 },
	{ &gc_ptr_type, 200, 8 },
	{ &wide_type, 6, 1 },
	{ &gc_ptr_type, 40000, 1 },	/* large, with oblets */
	{ &six_type, 8000, 1 },
	{ &blob_type, 1500, 1 },
};

/* With the perturb hook each step takes many times as long. */
enum { ROUNDS = 3, EXCHANGE = 32, THREADS_MAX = 64, SLOWER = PERTURB ? 8 : 1 };

struct edge {
	struct obj *to;
	uint32_t    delta;	/* how far inside *to it leads */
};

/* The model of one object. */
struct obj {
	struct obj           *next;	/* of the same thread */
	const struct gc_type *type;
	uint32_t              owner;
	size_t                n, nedges;
	uintptr_t             addr;
	uint64_t              id;	/* from which its plain words follow */
	uint64_t              fake;	/* an address among the plain words */
	uint64_t              born;	/* the order in which all were made */
	bool                  reached;
	struct edge           edges[];
};

struct player {
	struct ktest  *t;
	uint32_t       index;
	struct mutator m;
	struct edge    roots[MUTATOR_ROOTS];
	struct obj    *objs;
	struct rand    rand;
	uint64_t       made;
};

static ATOMIC(uint64_t) nborn;
static struct player   *players[THREADS_MAX];
static ATOMIC(uint32_t) nplayers;
static pthread_mutex_t  exchange_lock = PTHREAD_MUTEX_INITIALIZER;
static struct edge      exchange[EXCHANGE];	/* the model of world_globals */
static pthread_barrier_t meet;

/* Returns the byte offset of the i-th pointer of an object. */
static size_t
pointer_offset(const struct gc_type *type, size_t i)
{
	size_t per = 0, want;

	for (size_t w = 0; w < type->ptrdata / 8; w++)
		per += type->gcdata[w / 8] >> (w % 8) & 1;
	want = i % per;
	for (size_t w = 0; ; w++)
		if ((type->gcdata[w / 8] >> (w % 8) & 1) && want-- == 0)
			return i / per * type->size + w * 8;
}

static size_t
count_pointers(const struct gc_type *type, size_t n)
{
	size_t per = 0;

	for (size_t w = 0; w < type->ptrdata / 8; w++)
		per += type->gcdata[w / 8] >> (w % 8) & 1;
	return per * n;
}

static bool
is_pointer_word(const struct gc_type *type, size_t word)
{
	size_t w = word % (type->size / 8);

	return w < type->ptrdata / 8 && type->gcdata[w / 8] >> (w % 8) & 1;
}

static uint64_t
plain_word(const struct obj *o, size_t word)
{
	uint64_t h = (o->id + word) * 0x9e3779b97f4a7c15ULL;

	return (h >> 60) == 0 ? o->fake : h | 1ULL << 63;
}

static uintptr_t
edge_value(struct edge e)
{
	return e.to == NULL ? 0 : e.to->addr + e.delta;
}

static struct edge
edge_to(struct player *p, struct obj *o)
{
	uint32_t size = (uint32_t)(o->n * o->type->size);

	return (struct edge){ o, rand_below(&p->rand, 2) ? 0 :
	    rand_below(&p->rand, size) };
}

/* Returns true if o looks as the model says; t fails if not. */
static bool
intact(struct ktest *t, struct obj *o)
{
	size_t nwords = o->n * o->type->size / 8, e = 0;
	struct gc_object found;

	if (!gc_find_object((void *)(o->addr + nwords * 8 - 1), &found) ||
	    (uintptr_t)found.base != o->addr || !found.allocated) {
		ktest_fail(t, __FILE__, __LINE__,
		    "%zu x %s at %lx, reachable, is not in the heap", o->n,
		    (const char *)o->type->string, o->addr);
		return false;
	}
	for (size_t w = 0; w < nwords; w++) {
		uint64_t want = is_pointer_word(o->type, w) ?
		    edge_value(o->edges[e++]) : plain_word(o, w);
		uint64_t got = slot_load(o->addr + w * 8);

		if (got == want)
			continue;
		ktest_fail(t, __FILE__, __LINE__,
		    "word %zu of %zu x %s at %lx, reachable, is %lx, not %lx",
		    w, o->n, (const char *)o->type->string, o->addr, got, want);
		return false;
	}
	return true;
}

/* Returns one of p's own objects that p can reach, or NULL if there is none. */
static struct obj *
pick(struct player *p)
{
	struct obj *o = p->roots[rand_below(&p->rand, MUTATOR_ROOTS)].to;

	if (o == NULL || o->owner != p->index)
		return NULL;
	for (uint32_t steps = rand_below(&p->rand, 12); steps > 0; steps--) {
		struct obj *to;

		if (o->nedges == 0)
			break;
		to = o->edges[rand_below(&p->rand, (uint32_t)o->nedges)].to;
		if (to != NULL && to->owner == p->index)
			o = to;
	}
	return o;
}

static void
set_root(struct player *p, uint32_t i, struct edge e)
{
	p->roots[i] = e;
	p->m.roots[i] = edge_value(e);
}

static void
set_edge(struct obj *o, size_t i, struct edge e)
{
	gc_store_ptr((void **)(o->addr + pointer_offset(o->type, i)),
	    (void *)edge_value(e));
	o->edges[i] = e;
}

/* Put e at a random place that p owns. */
static void
put_somewhere(struct player *p, struct edge e)
{
	struct obj *o = pick(p);

	if (o == NULL || o->nedges == 0 || rand_below(&p->rand, 4) == 0)
		set_root(p, rand_below(&p->rand, MUTATOR_ROOTS), e);
	else
		set_edge(o, rand_below(&p->rand, (uint32_t)o->nedges), e);
}

static const struct kind *
pick_kind(struct player *p)
{
	uint32_t total = 0, dice;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		total += kinds[i].weight;
	dice = rand_below(&p->rand, total);
	for (size_t i = 0; ; i++) {
		if (dice < kinds[i].weight)
			return &kinds[i];
		dice -= kinds[i].weight;
	}
}

/* Make a new object.  Nothing but the result refers to it, so no call of the
 * world may come before the result is stored.  Returns NULL if memory is
 * short. */
static struct obj *
make(struct player *p, const struct kind *k, bool try)
{
	size_t n = 1 + rand_below(&p->rand, k->max_n);
	size_t nedges = count_pointers(k->type, n);
	struct obj *o;
	void  *addr;

	if (k->type == &blob_type)
		addr = try ? gc_try_new_bytes(n * 40) : gc_new_bytes(n * 40);
	else if (n == 1)
		addr = try ? gc_try_new(k->type) : gc_new(k->type);
	else
		addr = try ? gc_try_new_array(k->type, n) :
		    gc_new_array(k->type, n);
	if (addr == NULL)
		return NULL;
	o = calloc(1, sizeof(*o) + nedges * sizeof(o->edges[0]));
	o->type = k->type;
	o->owner = p->index;
	o->n = n;
	o->nedges = nedges;
	o->addr = (uintptr_t)addr;
	/* relaxed: of two objects at the same address the first one was freed
	 * before the second one was made, and that orders the two births. */
	o->born = add_relaxed(&nborn, 1UL);
	o->id = ((uint64_t)p->index << 32 | p->made++) * 1000003;
	if (p->objs != NULL && rand_below(&p->rand, 2))
		o->fake = p->objs->addr;
	o->next = p->objs;
	p->objs = o;
	for (size_t w = 0; w < n * k->type->size / 8; w++) {
		uint64_t was = slot_load(o->addr + w * 8);

		if (was != 0) {
			ktest_fail(p->t, __FILE__, __LINE__,
			    "fresh word %zu of %zu x %s is %lx", w, n,
			    (const char *)k->type->string, was);
			return o;
		}
		if (!is_pointer_word(k->type, w))
			slot_store(o->addr + w * 8, plain_word(o, w));
	}
	return o;
}

static void
move_elements(struct player *p)
{
	struct obj *a = pick(p), *b = pick(p);
	size_t per, from, to, n;

	if (a == NULL || b == NULL || a->type != b->type || a->nedges == 0 ||
	    a->type->size != 8)
		return;		/* other words would have to move along */
	per = a->nedges / a->n;
	from = rand_below(&p->rand, (uint32_t)a->n);
	to = rand_below(&p->rand, (uint32_t)b->n);
	n = rand_below(&p->rand, (uint32_t)MIN(a->n - from, b->n - to) + 1);
	gc_move(a->type, (void *)(b->addr + to * 8),
	    (void *)(a->addr + from * 8), n);
	memmove(b->edges + to * per, a->edges + from * per,
	    n * per * sizeof(struct edge));
}

static void
clear_elements(struct player *p)
{
	struct obj *o = pick(p);
	size_t from, n;

	if (o == NULL || o->type->size != 8)
		return;
	from = rand_below(&p->rand, (uint32_t)o->n);
	n = rand_below(&p->rand, (uint32_t)(o->n - from) + 1);
	gc_clear(o->type, (void *)(o->addr + from * 8), n);
	memset(o->edges + from, 0, n * sizeof(struct edge));
}

static void
trade(struct player *p)
{
	uint32_t    i = rand_below(&p->rand, EXCHANGE);
	struct obj *mine = pick(p);
	struct edge theirs;

	pthread_mutex_lock(&exchange_lock);
	theirs = exchange[i];
	if (mine != NULL || rand_below(&p->rand, 4) == 0) {
		exchange[i] = mine == NULL ? (struct edge){ 0 } :
		    edge_to(p, mine);
		gc_store(&world_globals[i], (void *)edge_value(exchange[i]));
	}
	pthread_mutex_unlock(&exchange_lock);
	/* No stop may come between taking theirs from the exchange and storing
	 * it. */
	if (theirs.to != NULL)
		put_somewhere(p, theirs);
}

static void
step(struct player *p, bool try)
{
	uint32_t    dice = rand_below(&p->rand, 100);
	struct obj *o;

	if (dice < 55) {
		o = make(p, pick_kind(p), try);
		if (o != NULL)
			put_somewhere(p, edge_to(p, o));
	} else if (dice < 65) {
		set_root(p, rand_below(&p->rand, MUTATOR_ROOTS),
		    (struct edge){ 0 });
	} else if (dice < 75) {
		o = pick(p);
		put_somewhere(p, o != NULL ? edge_to(p, o) :
		    (struct edge){ 0 });
	} else if (dice < 80) {
		o = pick(p);
		if (o != NULL && o->nedges > 0)
			set_edge(o, rand_below(&p->rand, (uint32_t)o->nedges),
			    (struct edge){ 0 });
	} else if (dice < 86) {
		move_elements(p);
	} else if (dice < 89) {
		clear_elements(p);
	} else if (dice < 94) {
		trade(p);
	} else {
		o = pick(p);
		if (o != NULL)
			intact(p->t, o);
	}
	if (rand_below(&p->rand, 2000) == 0)
		gc_collect();
	world_poll();
}

/* ---- judging, while all others wait ---- */

static struct obj **stack;
static size_t       stack_n, stack_cap;

static void
reach(struct edge e)
{
	if (e.to == NULL || e.to->reached)
		return;
	e.to->reached = true;
	if (stack_n == stack_cap) {
		stack_cap = stack_cap ? stack_cap * 2 : 1024;
		stack = realloc(stack, stack_cap * sizeof(stack[0]));
	}
	stack[stack_n++] = e.to;
}

/* Reach what the objects on the stack lead to.  Returns how many objects were
 * on the stack in all. */
static uint64_t
reach_on(void)
{
	uint64_t count = 0;

	while (stack_n > 0) {
		struct obj *o = stack[--stack_n];

		count++;
		for (size_t i = 0; i < o->nedges; i++)
			reach(o->edges[i]);
	}
	return count;
}

/* Set reached on all objects that the model can reach.  Returns their
 * number. */
static uint64_t
reach_all(uint32_t n)
{
	for (int i = 0; i < EXCHANGE; i++)
		reach(exchange[i]);
	for (uint32_t k = 0; k < n; k++)
		for (int i = 0; i < MUTATOR_ROOTS; i++)
			reach(players[k]->roots[i]);
	return reach_on();
}

/* Returns the last object that was made at base, which is allocated.  If there
 * is none, t fails and NULL is returned. */
static struct obj *
made_at(struct ktest *t, void *base, uint32_t n)
{
	struct obj *last = NULL;

	for (uint32_t k = 0; k < n; k++)
		for (struct obj *o = players[k]->objs; o != NULL; o = o->next)
			if (o->addr == (uintptr_t)base &&
			    (last == NULL || o->born > last->born))
				last = o;
	if (last == NULL)
		ktest_fail(t, __FILE__, __LINE__, "what is at %p is not of "
		    "the model", base);
	return last;
}

/*
 * Set reached on objects that live only because of a conservative root: the
 * root points to the next object, so it might be one past the end of this one.
 * A collection is just over, so an object that such a root kept is allocated,
 * and an object that it did not keep is not.  Returns the number of such
 * objects and of all that they lead to.
 */
static uint64_t
reach_ends(struct ktest *t, uint32_t n)
{
	struct gc_object found;

	for (uint32_t k = 0; k < n; k++)
		for (int i = 1; i < MUTATOR_ROOTS / 2; i++) {
			uintptr_t v = players[k]->m.roots[i];

			if (gc_find_object((void *)(v - 1), &found) &&
			    found.allocated)
				reach((struct edge){
				    made_at(t, found.base, n), 0 });
		}
	return reach_on();
}

static void
check_contents(struct ktest *t, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		for (struct obj *o = players[k]->objs; o != NULL; o = o->next)
			if (o->reached && !intact(t, o))
				return;
}

/* Forget the objects that are not reached. */
static void
drop_dead(uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		for (struct obj **link = &players[k]->objs; *link != NULL;) {
			struct obj *o = *link;

			if (o->reached) {
				o->reached = false;
				link = &o->next;
			} else {
				*link = o->next;
				free(o);
			}
		}
}

static void
judge(struct ktest *t, uint32_t n)
{
	struct gc_stats s;
	uint64_t want = reach_all(n);

	check_contents(t, n);
	gc_collect();
	want += reach_ends(t, n);
	gc_read_stats(&s);
	EXPECT_EQ(t, s.mallocs - s.frees, want);
	gc_check_heap();
	check_contents(t, n);
	drop_dead(n);
}

/* Wait for all n players; meanwhile the first one judges. */
static void
meet_and_judge(struct player *p, uint32_t n)
{
	world_block();
	pthread_barrier_wait(&meet);
	world_unblock();
	if (p->index == 0 && !ktest_failed(p->t))
		judge(p->t, n);
	world_block();
	pthread_barrier_wait(&meet);
	world_unblock();
}

static uint32_t steps_per_round;
static bool     may_fail;

static void
play(struct ktest *t, uint32_t index)
{
	struct player *p = calloc(1, sizeof(*p));
	uint32_t n;

	p->t = t;
	p->index = index;
	rand_seed(&p->rand, t->seed + index);
	world_enter(&p->m);
	players[index] = p;
	/* relaxed: the barrier orders it. */
	add_relaxed(&nplayers, 1);
	if (index == 0)
		while (load_relaxed(&nplayers) == 0)
			cpu_relax();
	world_block();
	pthread_barrier_wait(&meet);
	world_unblock();
	n = load_relaxed(&nplayers);
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < steps_per_round && !ktest_failed(t);
		    i++)
			step(p, may_fail);
		meet_and_judge(p, n);
	}
	/* Drop everything: nothing must be left. */
	memset(p->roots, 0, sizeof(p->roots));
	memset(p->m.roots, 0, sizeof(p->m.roots));
	if (index == 0) {
		pthread_mutex_lock(&exchange_lock);
		memset(exchange, 0, sizeof(exchange));
		gc_clear(&gc_ptr_type, world_globals, WORLD_GLOBALS);
		pthread_mutex_unlock(&exchange_lock);
	}
	meet_and_judge(p, n);
	world_leave(&p->m);
	while (p->objs != NULL) {
		struct obj *o = p->objs;

		p->objs = o->next;
		free(o);
	}
	free(p);
}

static ATOMIC(uint32_t) crew;

static void
count_me(struct ktest *t, uint32_t i)
{
	(void)t;
	(void)i;
	/* relaxed: joined before it is read. */
	add_relaxed(&crew, 1);
}

static void
play_all(struct ktest *t, uint32_t steps, bool try)
{
	store_relaxed(&crew, 0);
	ktest_on_every_hart(t, count_me);
	store_relaxed(&nplayers, 0);
	pthread_barrier_init(&meet, NULL, load_relaxed(&crew));
	steps_per_round = steps;
	may_fail = try;
	ktest_on_every_hart(t, play);
	pthread_barrier_destroy(&meet);
}

KTEST(gc_graph, the_heap_agrees_with_its_shadow)
{
	play_all(t, 3000 / SLOWER, false);
}

KTEST(gc_graph, the_heap_agrees_with_its_shadow_when_marking_stops_the_world)
{
	gc_params.stop_world = true;
	play_all(t, 2000 / SLOWER, false);
	gc_params.stop_world = false;
}

KTEST(gc_graph, the_heap_agrees_with_its_shadow_while_it_collects_all_the_time)
{
	gc_params.every = 7;
	play_all(t, 700 / SLOWER, false);
	gc_params.every = 0;
}

KTEST(gc_graph, the_heap_agrees_with_its_shadow_when_memory_is_fragmented)
{
	gc_pages_longest(1);
	play_all(t, 3000 / SLOWER, true);
	gc_pages_longest(0);
}

KTEST(gc_graph, the_heap_agrees_with_its_shadow_when_memory_is_short)
{
	/* The budget is far less than the players would like to keep alive. */
	gc_pages_budget(1500);
	play_all(t, 3000 / SLOWER, true);
	gc_pages_budget(1 << 16);
}
