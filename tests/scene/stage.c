/*
 * stage.c - where scenes are played: finding them, and telling what they say.
 *
 * A step is told with its number and the milliseconds since the scene began:
 *
 *	  3.    0.412 ms  M0 asks for GOMAXPROCS=10.
 *	                  ok      the world stopped without M1
 */
#include <stdarg.h>

#include "include/antler.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/scene/scene.h"

extern const struct scene __scenes_start[], __scenes_end[];

enum { INDENT = 18 };

/* How long harts may take to get somewhere.  Generous: the host may have far
 * fewer processors. */
#define PATIENCE_NS (30 * NS_PER_S)

/* The nap between two looks: the awaited harts may need this processor. */
#define NAP_NS (20 * NS_PER_US)

/*
 * Field key:	[o] the goroutine that plays, one at a time
 */
static struct {
	nanos_t  start;		/* [o] when the scene began */
	uint32_t step;		/* [o] told last */
	uint32_t broken;	/* [o] claims that did not hold */
	bool     skipped;	/* [o] */
	bool     quiet;		/* [o] keep text instead of printing */
	char     summary[400];	/* [o] */
	char     kept[8192];	/* [o] */
	size_t   kept_len;	/* [o] */
} stage;

/* ---- Telling ------------------------------------------------------------ */

static void
keep(const char *text, size_t len)
{
	len = MIN(len, sizeof(stage.kept) - stage.kept_len);
	memcpy(stage.kept + stage.kept_len, text, len);
	stage.kept_len += len;
}

/* One line: head at the left, text from column INDENT on. */
static void
tell_line(const char *head, const char *text, size_t len)
{
	char line[200];
	int  n = fmt_snprintf(line, sizeof(line), "%-*s%.*s\n", (int)INDENT,
	    head, (int)len, text);

	n = MIN(n, (int)sizeof(line) - 1);
	if (stage.quiet)
		keep(line, (size_t)n);
	else
		console_put(line, (size_t)n);
}

/* Tell all lines of a text; the first line begins with head. */
static void
tell(const char *head, const char *fmt, va_list ap)
{
	char        text[800];
	const char *at = text;

	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	for (;;) {
		const char *end = strchr(at, '\n');

		tell_line(head, at,
		    end != NULL ? (size_t)(end - at) : strlen(at));
		if (end == NULL)
			return;
		head = "";
		at = end + 1;
	}
}

void
scene_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell("", fmt, ap);
	va_end(ap);
}

void
scene_say(const char *fmt, ...)
{
	nanos_t us = (now_ns() - stage.start) / NS_PER_US;
	char    head[INDENT + 12];
	va_list ap;

	fmt_snprintf(head, sizeof(head), "%3u. %5ld.%03ld ms", ++stage.step,
	    (long)(us / 1000), (long)(us % 1000));
	va_start(ap, fmt);
	tell(head, fmt, ap);
	va_end(ap);
}

bool
scene_claim(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (!holds)
		stage.broken++;
	va_start(ap, fmt);
	tell(holds ? "              ok" : "          NOT OK", fmt, ap);
	va_end(ap);
	return holds;
}

void
scene_sum_up(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(stage.summary, sizeof(stage.summary), fmt, ap);
	va_end(ap);
}

void
scene_skip(const char *fmt, ...)
{
	va_list ap;

	stage.skipped = true;
	va_start(ap, fmt);
	tell("         skipped", fmt, ap);
	va_end(ap);
}

const char *
scene_summary(void)
{
	return stage.summary;
}

/* ---- Waiting ------------------------------------------------------------ */

bool
scene_all_sleep_but(uint32_t awake)
{
	nanos_t deadline = now_ns() + PATIENCE_NS;

	/* relaxed: a look from outside. */
	while (load_relaxed(&sched.nmidle) + awake != sched.nms) {
		if (now_ns() > deadline)
			return false;
		yield();
		clock_nap(NAP_NS);
	}
	return true;
}

struct m *
scene_catch(const char *point)
{
	nanos_t deadline = now_ns() + PATIENCE_NS;

	while (!sync_point_caught(point)) {
		if (now_ns() > deadline)
			return NULL;
		clock_nap(NAP_NS);
	}
	return (struct m *)sync_point_who(point);
}

void
scene_do(struct scene_deed *deed)
{
	/* release: pairs with load_acquire in scene_gets_done. */
	store_release(&deed->done, 1);
}

bool
scene_gets_done(struct scene_deed *deed, uint32_t awake)
{
	bool asleep;

	for (;;) {
		/* Take the lock, so that of an M that counts as asleep this
		 * hart also sees what the M did before. */
		spin_lock(&sched.lock);
		asleep = load_relaxed(&sched.nmidle) + awake == sched.nms;
		spin_unlock(&sched.lock);
		/* acquire: pairs with store_release in scene_do. */
		if (load_acquire(&deed->done) != 0)
			return true;
		if (asleep)
			return false;
		clock_nap(NAP_NS);
	}
}

/* ---- Every hart at once ------------------------------------------------- */

struct rendezvous {
	ATOMIC(uint32_t) here;		/* goroutines that have arrived */
	ATOMIC(uint32_t) late;		/* those that gave up waiting */
	nanos_t          deadline;
	struct waitgroup done;
};

/* No goroutine yields while it waits: when all are here, each is on a hart of
 * its own. */
static void
meet_all(void *arg)
{
	struct rendezvous *r = arg;
	uint32_t           n = (uint32_t)num_hart();

	/* relaxed: a meeting in time only; the waitgroup orders the rest. */
	add_relaxed(&r->here, 1);
	while (load_relaxed(&r->here) < n && now_ns() < r->deadline)
		clock_nap(NAP_NS);
	if (load_relaxed(&r->here) < n)
		add_relaxed(&r->late, 1);
	wg_done(&r->done);
}

bool
scene_every_hart_runs(void)
{
	struct rendezvous r = { .deadline = now_ns() + PATIENCE_NS };
	int               n = num_hart();

	CHECK(gomaxprocs(0) >= n);
	wg_add(&r.done, n);
	for (int i = 0; i < n; i++)
		go_named("rendezvous", meet_all, &r);
	wg_wait(&r.done);
	/* relaxed: ordered by the waitgroup. */
	return load_relaxed(&r.late) == 0;
}

/* ---- Playing ------------------------------------------------------------ */

static const struct scene *
find_scene(const char *name)
{
	for (const struct scene *s = __scenes_start; s < __scenes_end; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	kprintf("there is no scene %s; there are:\n", name);
	scene_list();
	return NULL;
}

const char *
scene_name(size_t i)
{
	return i < (size_t)(__scenes_end - __scenes_start) ?
	    __scenes_start[i].name : NULL;
}

void
scene_list(void)
{
	for (const struct scene *s = __scenes_start; s < __scenes_end; s++)
		kprintf("  %-16s %s\n  %-16s breaks with FAULT=%s\n", s->name,
		    s->title, "", s->fault != NULL ? s->fault : "(none)");
}

static void
prologue(const struct scene *s)
{
	kprintf("scene %s: %s\n", s->name, s->title);
	if (s->fault != NULL)
		kprintf("the fix is %s (fault %s is %s)\n",
		    fault_get(s->fault) ? "OFF" : "on", s->fault,
		    fault_get(s->fault) ? "on" : "off");
}

/* Print what was kept, as comments of TAP. */
static void
confess(const struct scene *s)
{
	const char *at = stage.kept, *all = stage.kept + stage.kept_len;

	kprintf("# scene %s failed:\n", s->name);
	while (at < all) {
		const char *end = at;

		while (end < all && *end != '\n')
			end++;
		kprintf("# %.*s\n", (int)(end - at), at);
		at = end + 1;
	}
}

static int
play(const char *name, bool quiet)
{
	const struct scene *s = find_scene(name);
	bool                well;

	if (s == NULL)
		return SCENE_NONE;
	memset(&stage, 0, sizeof(stage));
	stage.quiet = quiet;
	if (!quiet)
		prologue(s);
	if ((uint32_t)num_hart() < s->min_harts) {
		scene_skip("it needs %u harts, there %s %d", s->min_harts,
		    num_hart() == 1 ? "is" : "are", num_hart());
		return SCENE_SKIPPED;
	}
	stage.start = now_ns();
	well = s->play() && stage.broken == 0;
	if (stage.skipped)
		return SCENE_SKIPPED;
	if (!quiet)
		kprintf("scene %s: %s\n", name,
		    well ? "the world survived" : "FAILED");
	else if (!well)
		confess(s);
	return well ? SCENE_PASSED : SCENE_FAILED;
}

int
scene_play(const char *name)
{
	return play(name, false);
}

int
scene_play_quietly(const char *name)
{
	return play(name, true);
}

/* ---- a goroutine that is busy ---- */

static ATOMIC(uint32_t) busy;		/* [a] 1: occupy() runs, 2: may end */

static void
occupy(void *done)
{
	/* relaxed: polled; the waitgroup orders the rest. */
	store_relaxed(&busy, 1);
	while (load_relaxed(&busy) != 2)
		clock_nap(NAP_NS);
	wg_done(done);
}

void
scene_occupy(struct waitgroup *done)
{
	/* relaxed: polled. */
	store_relaxed(&busy, 0);
	go_named("busy", occupy, done);
	while (load_relaxed(&busy) != 1)
		clock_nap(NAP_NS);
}

void
scene_vacate(void)
{
	/* relaxed: polled. */
	store_relaxed(&busy, 2);
}
