/*
 * allp_snapshot.c - the list of Ps is collected while a hart still reads it.
 *
 * Go issue 74414, fixed by commit 740857f5.  The thirteen steps told on the
 * console are the thirteen of the issue.  In short: an M that has found nothing
 * to do drops its P, and from then on neither a stop of the world nor the
 * collector waits for it; but it takes one more look at all Ps, through a copy
 * of the slice allp.  If GOMAXPROCS grows in between, the array behind that
 * copy has been replaced; if the copy is on the M's own stack only, which is no
 * root, a collection frees the array, and the next allocation overwrites it.
 *
 * What makes the schedule certain:
 *
 *	- The sync point find_spinning_dropped_p holds M1 between dropping its P
 *	  and reading on.  M1 is whichever M comes by first.
 *	- The array has a neighbour on either side in its span, and a root keeps
 *	  both alive.  So the span is not freed with the array, and the
 *	  allocations of step 12 find the free slot in it.  (No stack may know
 *	  the neighbours: such a word could also be one past the end of the
 *	  array, and keep the array alive.)
 *	- While M1 is held, all other Ms sleep: no other M reads the old array.
 *	- The collector takes any word on a goroutine's stack that looks like a
 *	  pointer for one.  So the address of the array is kept in a static
 *	  variable, which is no root.  Only functions of their own handle the
 *	  address, and the words that they leave behind on the stack are wiped
 *	  before a collection.
 */
#include "gc/gc.h"
#include "include/antler.h"
#include "kernel/clock.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/root_once.h"
#include "tests/scene/scene.h"
#include "tests/unit/hidden.h"

#define POINT "find_spinning_dropped_p"
#define FAULT_NAME "allp_snapshot_on_stack"

/* What overwrites the memory: a value that is neither a pointer nor a P. */
#define CLOBBER 0xdeaddeaddeaddeadUL

enum {
	CATCH_TRIES = 200,		/* goroutines started to catch an M */
	REUSE_TRIES = 4000,		/* arrays made to get the memory */
	REUSE_BYTES = 4 * 1024 * 1024,	/* and at most so much memory */
	WIPE_KIB = 8,			/* deeper than any frame here goes */
};

#define CATCH_NS (200 * NS_PER_MS)
#define NAP_NS (20 * NS_PER_US)

/*
 * Not a root: nothing in here keeps an object alive.  Field key:
 *	[o] the goroutine that plays
 */
static struct {
	uintptr_t array;	/* [o] allp's array when M1 looked at it, */
	uintptr_t grown;	/* [o] and the one that replaced it; hidden, so
				 * that gcwild does not take them for pointers
				 */
	uint32_t  len;		/* [o] entries in array */
	int       procs;	/* [o] GOMAXPROCS before the scene */
	struct m *m1;		/* [o] the M that is held */
} story;

/* A root. */
static void *neighbours[2];

/* Overwrite what earlier calls left on the n KiB of stack below. */
static NOINLINE void
wipe_kib(unsigned n)
{
	char junk[KIB];

	memset(junk, 0, sizeof(junk));
	if (n > 1)
		wipe_kib(n - 1);
	__asm__ volatile("" : : "r"(junk) : "memory");
}

static void
wipe_stack(void)
{
	wipe_kib(WIPE_KIB);
}

static NOINLINE uint64_t
collect(void)
{
	struct gc_stats before, after;

	wipe_stack();
	gc_read_stats(&before);
	gc_collect();
	gc_read_stats(&after);
	return after.pause_total_ns - before.pause_total_ns;
}

static NOINLINE bool
array_is_allocated(void)
{
	struct gc_object object;

	return gc_find_object(unhide(story.array), &object) &&
	    object.allocated;
}

static NOINLINE void *
new_neighbour(uint32_t len)
{
	return gc_new_array(&gc_ptr_type, len);
}

/* Set GOMAXPROCS to n > cap(allp), with neighbours for the new array. */
static NOINLINE void
grow_allp(int n)
{
	ROOT_ONCE(neighbours);
	gc_store(&neighbours[0], new_neighbour((uint32_t)n));
	gomaxprocs(n);
	gc_store(&neighbours[1], new_neighbour((uint32_t)n));
}

static NOINLINE void
note_array(void)
{
	story.array = hide(allp.ptr);
	story.len = (uint32_t)allp.len;
}

static NOINLINE void
note_grown(void)
{
	story.grown = hide(allp.ptr);
}

static void
do_nothing(void *unused)
{
	(void)unused;
}

/* Let Ms run out of work until the sync point has caught one.  The caller does
 * not yield meanwhile, so no M takes the caller instead.  Returns false if no M
 * was caught. */
static bool
catch_m1(void)
{
	sync_point_arm(POINT, 1);
	for (int i = 0; i < CATCH_TRIES; i++) {
		nanos_t deadline = now_ns() + CATCH_NS;

		go_named("bait", do_nothing, NULL);
		while (!sync_point_caught(POINT) && now_ns() < deadline)
			clock_nap(NAP_NS);
		if (sync_point_caught(POINT)) {
			story.m1 = (struct m *)sync_point_who(POINT);
			return true;
		}
	}
	sync_point_release(POINT);
	return false;
}

/* Returns true if the snapshot of an M refers to the old array. */
static NOINLINE bool
any_m_refers(void)
{
	for (uint32_t i = 0; i < nharts_online; i++)
		if (hide(((struct m *)harts[i])->allp_snapshot.ptr) ==
		    story.array)
			return true;
	return false;
}

/* Allocate arrays as long as the old one, and fill them, until one lies where
 * the old one was.  Returns how many it took, or 0 if none lies there.  *tried
 * counts them in both cases. */
static NOINLINE uint32_t
allocate_over_it(uint32_t *tried)
{
	uint32_t tries = MIN((uint32_t)REUSE_TRIES,
	    REUSE_BYTES / (story.len * (uint32_t)sizeof(void *)));

	for (uint32_t i = 1; i <= tries; i++) {
		uint64_t *array = gc_new_array(&gc_ptr_type, story.len);

		for (uint32_t j = 0; j < story.len; j++)
			array[j] = CLOBBER;
		*tried = i;
		if (hide(array) == story.array)
			return i;
	}
	return 0;
}

static void
explain(void)
{
	scene_note("An M is a hart that runs goroutines; to do so it must "
	    "hold\na P.  allp, the list of all Ps, is an ordinary object of "
	    "the\n"
	    "collected heap.  An M that runs out of work drops its P: from\n"
	    "then on nobody waits for it, neither GOMAXPROCS nor the\n"
	    "collector.  Still it takes one last look at every P, through\n"
	    "its own copy of the slice allp.");
	if (fault_get(FAULT_NAME))
		scene_note("Without the fix that copy is on the M's own stack, "
		    "where the\ncollector does not look.");
	else
		scene_note("The fix: that copy is kept in the M's struct, "
		    "where the\ncollector looks.");
}

/* Steps 1 and 2: hold M1 where it is about to read on.  Returns false if that
 * did not succeed. */
static bool
hold_m1(void)
{
	/* There is a P for every hart and one to spare, so that a P can be
	 * idle. */
	int n = MAX((int)allp.cap, num_hart()) + 1;

	if (n + 1 > PROCS_MAX) {
		scene_skip("allp has grown to its limit, %d Ps, in this boot",
		    PROCS_MAX);
		return false;
	}
	/* Otherwise the caught M might have taken its copy before allp grew. */
	if (!scene_claim(scene_all_sleep_but(1), "all other Ms sleep"))
		return false;
	grow_allp(n);
	if (!scene_claim(catch_m1(), "an M ran out of work and is held there"))
		return false;
	note_array();
	scene_note("GOMAXPROCS is %d.  In this run, M1 is the M of hart %u, "
	    "and M2\nthat of hart %u, which plays this scene.", n,
	    story.m1->hart.id, this_m()->hart.id);
	scene_say("M1 copies the slice allp: %u entries at %p.", story.len,
	    unhide(story.array));
	scene_say("M1 drops its P.  Here we hold it, as a slow host would.");
	return scene_claim(story.m1->p == NULL, "M1 holds no P") &&
	    scene_claim(scene_all_sleep_but(2), "all Ms but M1 and M2 sleep");
}

/* Steps 3 to 6: the array is replaced. */
static bool
replace_array(void)
{
	nanos_t start = now_ns(), took;
	int     n = (int)story.len + 1;

	scene_say("M2 sets GOMAXPROCS=%d.", n);
	gomaxprocs(n);
	took = now_ns() - start;
	note_grown();
	scene_say("The world stops, and need not stop M1, which has no P.");
	scene_say("allp needs room for %d: it is a new array now, at %p.\n"
	    "The old one is in nobody's hands but M1's.", n,
	    unhide(story.grown));
	scene_claim(story.grown != story.array, "the array has moved");
	scene_say("The world runs again, %ld us after step 3.",
	    (long)(took / NS_PER_US));
	return scene_claim(sync_point_caught(POINT), "M1 is where it was");
}

/* Steps 7 to 11: the collector looks for garbage. */
static void
collect_array(void)
{
	uint64_t pause;

	scene_say("M2 starts a garbage collection.");
	pause = collect();
	scene_say("The world stops again, again without M1.");
	scene_say("The collector looks at the globals, the goroutines and the\n"
	    "Ms, but not at the stack M1 runs on: that is the system's.");
	scene_say("What it has not found it frees.  The old array at %p:",
	    unhide(story.array));
	if (array_is_allocated())
		scene_claim(true, "it is still allocated");
	else
		scene_claim(false, "it is free");
	scene_say("The world runs again; the pause was %lu us.",
	    (unsigned long)pause / NS_PER_US);
	scene_claim(sync_point_caught(POINT), "M1 is where it was");
}

/* Step 12: its memory is wanted for something else. */
static void
overwrite_array(void)
{
	uint32_t tried = 0, hit = allocate_over_it(&tried);

	scene_say("M2 allocates arrays of that size and fills them with\n"
	    "%#lx.", CLOBBER);
	if (hit == 0)
		scene_claim(true, "none of %u lies where the old array is",
		    tried);
	else
		scene_claim(false, "number %u lies at %p, where M1 reads",
		    hit, unhide(story.array));
}

/* Step 13: M1 reads on, and all goes well. */
static void
read_on(void)
{
	scene_say("M1 goes on and reads the %u entries of its copy.",
	    story.len);
	sync_point_release(POINT);
	/* M1 finds nothing to do, and so falls asleep. */
	scene_claim(scene_all_sleep_but(1),
	    "M1 found a P in each entry and has gone to sleep");
}

static void
show_no_leak(void)
{
	scene_say("An M forgets its copy as soon as it holds a P again: let\n"
	    "every hart run a goroutine.");
	scene_claim(scene_every_hart_runs(), "every hart ran one");
	scene_claim(!any_m_refers(), "no M refers to the old array");
	scene_say("M2 collects once more.");
	collect();
	scene_claim(!array_is_allocated(), "the old array is free: no leak");
}

SCENE(allp_snapshot, "the list of Ps is freed while a hart still reads it",
    FAULT_NAME, 2)
{
	story.procs = gomaxprocs(0);
	wipe_stack();
	explain();
	if (hold_m1() && replace_array()) {
		collect_array();
		overwrite_array();
		read_on();
		show_no_leak();
		scene_sum_up("A hart without a P kept its copy of allp across "
		    "GOMAXPROCS=%u and\na collection, and read %u true Ps from "
		    "it; now the old array is\nfree.  Without the fix it would "
		    "have read freed memory.", story.len + 1, story.len);
	} else {
		sync_point_release(POINT);
	}
	gc_store(&neighbours[0], NULL);
	gc_store(&neighbours[1], NULL);
	gomaxprocs(story.procs);
	return true;
}
