/*
 * test_fuzz.c - no call of the public interface, whatever its arguments, ends
 * the machine, keeps other goroutines from going on, or leaves the runtime
 * damaged.
 *
 * Covers the error contract of include/antler.h.  The calls are in
 * tests/preempt/fuzz_calls.c, and FUZZ-1 to FUZZ-3 in fuzz.h there.  Each call
 * runs in a goroutine of its own and must return, panic in such a way that it
 * can be recovered from, or wait.  A call that has waited for a while is let go
 * by force: its channels are closed, or its goroutine is taken out of the table
 * of waiters or made ready.  Fatal errors, from which no program can recover,
 * are panics here (by a FAULT).
 *
 * The boot argument FUZZCALL=name makes only calls of that function, to look
 * into a failure.  Links the whole runtime.
 */
#include "kernel/bootargs.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/chan/chan.h"
#include "runtime/fail/waiting.h"
#include "runtime/sched/sched.h"
#include "runtime/sched/semtable.h"
#include "tests/preempt/fuzz.h"
#include "tests/root_once.h"
#include "tests/unit/crowd.h"
#include "tests/unit/stress.h"
#include "tests/unit/wild.h"

enum {
	SLOTS = 8,		/* calls at the same time */
	LOOKS = 40,		/* seen waiting so often: let it go */
	SHORT_CALLS = 4000,
	RENEW_EVERY = 200,
};

static const char *only;	/* [I] after boot: FUZZCALL=, or NULL */

static bool
parse_only(const char *value)
{
	for (uint32_t i = 0; i < fuzz_ncalls; i++)
		if (strcmp(fuzz_calls[i].name, value) == 0)
			only = value;
	return only != NULL;
}
BOOTARG(fuzz_only, "FUZZCALL", "NAME  the one function that fuzz.* calls",
    parse_only);

/*
 * Field key:	[R] the runner's	[a] stored by the call's goroutine
 */
struct slot {
	struct fuzz     *f;		/* [R] allocated; NULL: no call */
	uint64_t         number;	/* [R] the call's number */
	ATOMIC(struct g *) gp;		/* [a] the goroutine of the call */
	ATOMIC(uint32_t) done;		/* [a] the call's fate; 0: not yet */
	uint32_t         looks;		/* [R] how often it was seen waiting */
	nanos_t          since;		/* [R] when it began */
};
enum { FATE_NONE, FATE_RETURNED, FATE_PANICKED, FATE_ENDED };

static struct slot      slots[SLOTS];
static uint64_t         roots[SLOTS][2];
static struct fuzz     *kept[SLOTS];	/* a root: the f of each slot */
static uint64_t         fates[FATE_ENDED + 1];

/* ---- a call ---- */

/* How a call ends.  This is not in the slot, which belongs to another call as
 * soon as tell_end has stored done. */
struct ending {
	struct slot *slot;
	uint32_t     fate;
};

static void
tell_end(void *arg)
{
	struct ending *end = arg;

	/* release: pairs with load_acquire in look; publishes how the call
	 * ended. */
	store_release(&end->slot->done, end->fate);
}

static void
make_call(void *arg)
{
	struct slot *s = arg;

	s->f->call->run(s->f);
}

static void
run_slot(void *arg)
{
	struct slot *s = arg;
	/* This fate stays if the call ends by goexit. */
	struct ending end = { .slot = s, .fate = FATE_ENDED };

	/* relaxed: a G is never freed, and readers look at its status first. */
	store_relaxed(&s->gp, this_g());
	defer(tell_end, &end);
	end.fate = try_call(make_call, s, NULL) ? FATE_RETURNED :
	    FATE_PANICKED;
	CHECK(this_g()->panics == NULL && this_hart()->held == NULL);
}

/* ---- letting go who waits ---- */

struct wait_search {
	struct g   *gp;
	const void *addr;	/* out: the address where gp waits, or NULL */
};

static void
look_for(struct sem_waiter *w, const void *addr, void *arg)
{
	struct wait_search *search = arg;

	if (w->gp == search->gp)
		search->addr = addr;
}

/* What gp waits at.  It is looked up with the world stopped. */
struct place {
	struct g    *gp;
	bool         waits;
	const char  *why;	/* or NULL: park() may have no reason */
	const void  *addr;	/* in the table of waiters, or NULL */
	struct chan *chan[16];	/* those not closed */
	uint32_t     nchans;
};

static void
add_chan(struct place *p, struct chan *c)
{
	if (c != NULL && p->nchans < ARRAY_LEN(p->chan) &&
	    !(load_relaxed(&c->kind) & CHAN_CLOSED))
		p->chan[p->nchans++] = c;
}

static void
find_place_stw(void *arg)
{
	struct place *p = arg;
	struct wait_search search = { .gp = p->gp };
	struct select_case *k, *end;

	p->waits = g_status(p->gp) == G_WAITING;
	if (!p->waits)
		return;
	p->why = waiting_why(p->gp);
	if (p->why == chan_why_send || p->why == chan_why_recv)
		add_chan(p, chan_of_waiter(&p->gp->wait));
	else if (p->why == select_why)
		for (end = chan_select_of(p->gp, &k); k != end; k++)
			add_chan(p, k->chan);
	else
		semtable_each(look_for, &search);
	p->addr = search.addr;
}

/* Return whether addr is an address that one of our calls waits at, and not one
 * of the runtime's own. */
static bool
is_of_a_call(const void *addr)
{
	extern const char __data_start[], __bss_end[];

	return (const char *)addr < __data_start ||
	    (const char *)addr >= __bss_end;
}

/* Wake all goroutines that wait at addr for the reason why, as if they had got
 * what they wait for, and set the word there to say that no goroutine waits. */
static void
wake_all_at(const void *addr, const char *why)
{
	struct sem_root *root = semtable_lock(addr);
	struct sem_waiter *list, *next;
	bool more;

	list = semtable_take(root, addr, UINT32_MAX, &more);
	if (strcmp(why, "sync.Mutex.Lock") == 0)
		and_relaxed((ATOMIC(uint32_t) *)addr, ~2u);
	else if (strcmp(why, "sync.Cond.Wait") == 0)
		((struct cond *)addr)->waiting_ = 0;
	else
		((struct sema *)addr)->word_ = 0;
	semtable_unlock(root);
	for (; list != NULL; list = next) {
		next = list->next;
		list->token = 2;	/* mutex.c: it owns the mutex */
		make_ready(list->gp);
	}
}

static void
close_it(void *chan)
{
	chan_close(chan);
}

static void
let_go(struct slot *s)
{
	struct place p = { .gp = load_relaxed(&s->gp) };

	world_stop("looking what a fuzzed call waits for");
	on_g0(find_place_stw, &p);
	world_start();
	if (!p.waits)
		return;
	for (uint32_t i = 0; i < p.nchans; i++)
		try_call(close_it, p.chan[i], NULL);
	if (p.addr != NULL && is_of_a_call(p.addr))
		wake_all_at(p.addr, p.why);
	/* Otherwise it waits in park(), for which any reason may be given. */
	if (p.nchans == 0 && p.addr == NULL)
		ready(p.gp);
}

/* ---- the runner ---- */

static const struct fuzz_call *
choose(struct rand *rand)
{
	const struct fuzz_call *call;

	do
		call = &fuzz_calls[rand_below(rand, fuzz_ncalls)];
	while ((only != NULL && strcmp(call->name, only) != 0) ||
	    (only == NULL && rand_below(rand, call->one_in) != 0));
	return call;
}

static void
begin(struct slot *s, uint64_t seed, uint64_t number)
{
	uint32_t i = (uint32_t)(s - slots);
	struct rand rand;
	struct fuzz *f = gc_new_bytes(sizeof(*f));

	rand_seed(&rand, seed ^ number * 0x9e3779b97f4a7c15);
	f->call = choose(&rand);
	f->seed = rand_u64(&rand);
	f->root = roots[i];
	gc_store(&kept[i], f);
	s->f = f;
	s->number = number;
	s->looks = 0;
	s->since = now_ns();
	store_relaxed(&s->gp, NULL);
	/* relaxed: published by go. */
	store_relaxed(&s->done, FATE_NONE);
	fuzz_prepare(f);
	go_named(f->call->name, run_slot, s);
}

/* Look at the call of s, which is under way, and let it go if it has waited for
 * long.  Returns whether the call is over. */
static bool
look(struct slot *s)
{
	/* acquire: pairs with store_release in tell_end. */
	uint32_t done = load_acquire(&s->done);
	struct g *gp = load_relaxed(&s->gp);

	if (done != FATE_NONE) {
		fates[done]++;
		gc_store(&kept[s - slots], NULL);
		s->f = NULL;
		return true;
	}
	if (gp != NULL && is_parked(gp) && ++s->looks % LOOKS == 0)
		let_go(s);
	if (now_ns() - s->since > PATIENCE_NS)
		panic("fuzz: %s (call %lu) neither ends nor waits",
		    s->f->call->name, s->number);
	return false;
}

/* Undo what the calls have changed for all goroutines. */
static void
restore(void)
{
	gomaxprocs(num_hart());
	gc_set_percent(100);
	gc_set_limit(UINT64_MAX);
}

/* Let t fail if something does not work any more. */
static void
check_health(struct ktest *t)
{
	struct chan *c = chan_make(&gc_int_type, 0);
	struct timer *timer = timer_new(1);
	int64_t got = 0;

	gc_collect();
	gc_store_ptr((void **)&timer, timer);
	EXPECT(t, chan_recv(timer_chan(timer), &got) && got > 0);
	EXPECT(t, !chan_try_recv(c, &got, NULL) && chan_len(c) == 0);
	EXPECT(t, leaked_goroutines(true) <= 0);
}

static void
fuzz_for(struct ktest *t, uint64_t ncalls, nanos_t until)
{
	uint64_t next = 0;
	bool renew = true;
	uint32_t busy;

	memset(fates, 0, sizeof(fates));
	do {
		busy = 0;
		for (struct slot *s = slots; s < slots + SLOTS; s++) {
			if (s->f != NULL && !look(s)) {
				busy++;
				continue;
			}
			if ((next >= ncalls && now_ns() >= until) || renew)
				continue;
			begin(s, t->seed, next++);
			renew = next % RENEW_EVERY == 0;
			busy++;
		}
		if (busy == 0 && renew) {
			restore();
			fuzz_renew();
			renew = false;
			busy = 1;
		}
		yield();
	} while (busy > 0);
	fuzz_end();
	restore();
	print("# %lu calls: %lu returned, %lu panicked, %lu ended\n", next,
	    fates[FATE_RETURNED], fates[FATE_PANICKED], fates[FATE_ENDED]);
}

KTEST(fuzz, any_call_with_any_arguments_returns_or_panics_or_waits)
{
	uint32_t wild = wild_mute();	/* junk has stale addresses */

	ROOT_ONCE(kept);
	EXPECT(t, fault_set("fatal_errors_are_panics", true));
	fuzz_for(t, SHORT_CALLS, now_ns() + (nanos_t)stress_seconds * NS_PER_S);
	EXPECT(t, fault_set("fatal_errors_are_panics", false));
	check_health(t);
	wild_unmute(wild);
}
