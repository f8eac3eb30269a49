/*
 * syncpoint.c - holding harts at a sync point, and the switches of the faults.
 *
 * The sync points and the faults are two arrays that the linker makes of the
 * entries that SYNC_POINT and FAULT leave in every object.  Both are empty
 * unless the build is a LAB build.
 *
 *	SYNC-1	granted - armed harts have taken, or are about to take, a ticket
 *		from reached.
 *	SYNC-2	The hart with ticket t is held until released has passed t;
 *		released never passes reached.
 *
 *	scenario				hart
 *	arm: granted += n, armed += n		armed > 0: CAS armed - 1
 *						t = reached++
 *	caught: reached != released		spins while released <= t
 *	   ... the other half of the race ...
 *	release: left = armed, armed = 0
 *	   waits until reached == granted - left (SYNC-1)
 *	   released = granted = reached		goes on
 *
 * Without the wait in release, a hart between its CAS and its ticket would then
 * take a ticket that is never released.  The wait is short: only a few
 * instructions lie between the two.
 */
#include "kernel/syncpoint.h"

#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

/* The nap of a held hart between two looks; it leaves its core to others. */
#define NAP (20 * NS_PER_US)

extern struct sync_point __sync_points_start[], __sync_points_end[];
extern struct fault      __faults_start[], __faults_end[];

/* ---- Sync points ------------------------------------------------------- */

/* Returns the point called name.  Panics unless name stands for exactly one
 * place, because a scenario must know which hart it holds. */
static struct sync_point *
find_point(const char *name)
{
	struct sync_point *found = NULL;

	for (struct sync_point *p = __sync_points_start;
	     p < __sync_points_end; p++) {
		if (strcmp(p->name, name) != 0)
			continue;
		if (found != NULL)
			panic("syncpoint: two are called %s", name);
		found = p;
	}
	if (found == NULL)
		panic("syncpoint: none is called %s", name);
	return found;
}

/* Stop this hart if a panic on another hart asks for it; interrupts may be off.
 */
static void
stop_if_asked(struct hart *hart)
{
	struct trapframe frame;

	/* relaxed: no data comes with the bit. */
	if (LIKELY((load_relaxed(&hart->ipi) & IPI_STOP) == 0))
		return;
	capture_frame(&frame);
	panic_stop_here(&frame);
}

NOINLINE void
sync_point_reached(struct sync_point *sp)
{
	struct hart *hart = this_hart();
	uint32_t     ticket, left;

	/* relaxed: the CAS checks the value. */
	left = load_relaxed(&sp->armed);
	do {
		if (left == 0)
			return;
		/* acquire: pairs with add_release of armed in sync_point_arm;
		 * we see what the scenario prepared. */
	} while (!cas_acquire(&sp->armed, &left, left - 1));

	/* relaxed: published by the release of reached. */
	store_relaxed(&sp->who, hart);
	/* release: pairs with load_acquire of reached in sync_point_caught and
	 * sync_point_release; the scenario sees all that we did before. */
	ticket = add_release(&sp->reached, 1);
	/* acquire: pairs with store_release of released in sync_point_release;
	 * we see all that the scenario did while we were held (SYNC-2). */
	while ((int32_t)(load_acquire(&sp->released) - ticket) <= 0) {
		stop_if_asked(hart);
		clock_nap(NAP);
	}
}

void
sync_point_arm(const char *name, uint32_t n)
{
	struct sync_point *sp = find_point(name);

	/* relaxed: only the scenario uses granted. */
	add_relaxed(&sp->granted, n);
	/* release: pairs with cas_acquire of armed in sync_point_reached. */
	add_release(&sp->armed, n);
}

void
sync_point_release(const char *name)
{
	struct sync_point *sp = find_point(name);
	uint32_t           left, caught;

	/* acquire and release: with the CAS in sync_point_reached; all that is
	 * needed is one order of all changes of armed (SYNC-1). */
	left = swap_acq_rel(&sp->armed, 0);
	/* relaxed: only the scenario uses granted. */
	caught = load_relaxed(&sp->granted) - left;
	/* acquire: pairs with add_release of reached in sync_point_reached. */
	while (load_acquire(&sp->reached) != caught)
		cpu_relax();
	store_relaxed(&sp->granted, caught);
	/* release: pairs with load_acquire of released in sync_point_reached.
	 */
	store_release(&sp->released, caught);
}

bool
sync_point_caught(const char *name)
{
	struct sync_point *sp = find_point(name);

	/* acquire: pairs with add_release of reached in sync_point_reached.
	 * relaxed: released is the scenario's own. */
	return load_acquire(&sp->reached) != load_relaxed(&sp->released);
}

struct hart *
sync_point_who(const char *name)
{
	/* relaxed: ordered by the acquire in sync_point_caught. */
	return load_relaxed(&find_point(name)->who);
}

/* ---- Faults ------------------------------------------------------------ */

bool
fault_set(const char *name, bool on)
{
	bool found = false;

	for (struct fault *f = __faults_start; f < __faults_end; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		/* relaxed: set before the scenario starts (syncpoint.h). */
		store_relaxed(&f->on, on);
		found = true;
	}
	return found;
}

bool
fault_get(const char *name)
{
	for (struct fault *f = __faults_start; f < __faults_end; f++)
		if (strcmp(f->name, name) == 0)
			/* relaxed: as in FAULT. */
			return load_relaxed(&f->on) != 0;
	return false;
}

/* Is f the first of the places that have its name? */
static bool
is_first_place(const struct fault *f)
{
	for (const struct fault *g = __faults_start; g < f; g++)
		if (strcmp(f->name, g->name) == 0)
			return false;
	return true;
}

const char *
fault_name(size_t i)
{
	for (struct fault *f = __faults_start; f < __faults_end; f++)
		if (is_first_place(f) && i-- == 0)
			return f->name;
	return NULL;
}

void
fault_list(void)
{
	for (struct fault *f = __faults_start; f < __faults_end; f++)
		if (is_first_place(f))
			/* relaxed: only printed. */
			kprintf("  %-32s %s\n", f->name,
			    load_relaxed(&f->on) != 0 ? "on" : "off");
}

/* Parse FAULT=name[,name].  Ends the machine if a name is unknown. */
static bool
parse_faults(const char *value)
{
	char   name[64], known[800];
	size_t at = 0;

	known[0] = '\0';
	for (struct fault *f = __faults_start; f < __faults_end &&
	     at < sizeof(known); f++)
		if (is_first_place(f))
			at += (size_t)fmt_snprintf(known + at,
			    sizeof(known) - at, "%s%s", at > 0 ? ", " : "",
			    f->name);
	do {
		const char *comma = strchr(value, ',');
		size_t      len = comma != NULL ? (size_t)(comma - value)
						: strlen(value);

		fmt_snprintf(name, sizeof(name), "%.*s", (int)MIN(len, 999ul),
		    value);
		if (!fault_set(name, true))
			fatal_config("bootargs: FAULT=%s: no such fault; "
				     "known are: %s", name,
			    known[0] != '\0' ? known
					     : "none (not a lab image)");
		value = comma != NULL ? comma + 1 : NULL;
	} while (value != NULL);
	return true;
}

BOOTARG(fault, "FAULT", "NAME[,NAME]  switch these fixes off (lab images)",
    parse_faults);
