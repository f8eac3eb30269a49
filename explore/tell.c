/*
 * tell.c - see tell.h.
 */
#include "explore/tell.h"

#include "explore/explore.h"
#include "kernel/symbols.h"

enum { EVENTS = 4096, SHOWN_BEFORE = 2 };

static EXPLORERS struct {
	const struct steps *steps;
	uint32_t n;
	struct event {
		struct virtual_point point;
		uint32_t what;
		bool     is_step;
	} at[EVENTS];			/* the last events, in a ring */
} story;

void
tell_begin(const struct steps *steps)
{
	story.steps = steps;
	story.n = 0;
}

static bool
is_step(const struct virtual_point *point, uint32_t what)
{
	for (uint32_t i = 0; i < story.steps->n; i++)
		if (story.steps->at[i].hart == point->hart &&
		    story.steps->at[i].at == point->n_of_hart &&
		    story.steps->at[i].what == what)
			return true;
	return false;
}

void
tell_step(const struct virtual_point *point, uint32_t what)
{
	story.at[story.n++ % EVENTS] = (struct event){
		.point = *point, .what = what, .is_step = is_step(point, what),
	};
}

static const char *
reason(enum virtual_reason why)
{
	switch (why) {
	case AT_ACCESS:
		return "before an access";
	case AT_RELAX:
		return "while it spins";
	case AT_SLEEP:
		return "as it goes to sleep";
	default:
		return "with interrupts just on";
	}
}

static void
print_event(const struct event *e, void (*say)(const char *fmt, ...))
{
	uintptr_t   offset = 0;
	const char *name = symbol_name(e->point.pc, &offset);

	if (e->what >= STEP_ANSWER)
		say("%c hart %u chooses %u in %s+0x%lx (point %lu) pc=%lx\n",
		    e->is_step ? '*' : ' ', e->point.hart, e->what -
		    STEP_ANSWER, name != NULL ? name : "?", offset, e->point.n,
		    e->point.pc);
	else if (e->what == STEP_TIME)
		say("%c hart %u has time pass %s in %s+0x%lx (point %lu) "
		    "pc=%lx\n", e->is_step ? '*' : ' ', e->point.hart,
		    reason(e->point.why), name != NULL ? name : "?", offset,
		    e->point.n, e->point.pc);
	else if (e->what == STEP_INTERRUPT)
		say("%c hart %u takes an interrupt %s in %s+0x%lx "
		    "(point %lu)\n", e->is_step ? '*' : ' ', e->point.hart,
		    reason(e->point.why), name != NULL ? name : "?", offset,
		    e->point.n);
	else
		say("%c hart %u stops %s in %s+0x%lx, hart %u goes on "
		    "(point %lu) pc=%lx\n", e->is_step ? '*' : ' ',
		    e->point.hart, reason(e->point.why),
		    name != NULL ? name : "?", offset, e->what, e->point.n,
		    e->point.pc);
}

void
tell_print(void (*say)(const char *fmt, ...))
{
	uint32_t first = story.n > EVENTS ? story.n - EVENTS : 0;
	uint32_t shown = first;

	say("the schedule (* marks its steps; all else is the calm "
	    "schedule):\n");
	for (uint32_t i = first; i < story.n; i++) {
		if (!story.at[i % EVENTS].is_step && i + 1 != story.n)
			continue;
		if (i > shown + SHOWN_BEFORE)
			say("  ... %u switches\n", i - shown - SHOWN_BEFORE);
		for (uint32_t k = i > shown + SHOWN_BEFORE ? i - SHOWN_BEFORE :
		    shown; k <= i; k++)
			print_event(&story.at[k % EVENTS], say);
		shown = i + 1;
	}
}
