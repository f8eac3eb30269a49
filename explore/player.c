/*
 * player.c - see player.h.
 */
#include "explore/player.h"

#include "explore/explore.h"
#include "explore/livelock.h"

/* After so many points in a row the calm schedule leaves a virtual hart: it may
 * wait in a loop that is not known to be one. */
enum { CALM_POINTS = 20000 };

/* An interrupt that has been pending for so many points of its hart is taken in
 * any case. */
enum { INTERRUPT_POINTS = 1000 };

static EXPLORERS struct {
	const struct strategy *strategy;
	struct steps *taken;
	uint32_t calm_hart;	/* the hart that went on last */
	uint32_t calm_points;	/* for how many points in a row */
	uint32_t put_off[VIRTUAL_MAX];	/* of each hart: how often in a row its
					 * pending interrupt was not taken */
	void   (*watch)(const struct virtual_point *point, uint32_t what);
} player;

static EXPLORERS struct {
	const struct steps *steps;
	uint32_t next[VIRTUAL_MAX];	/* the next step of each hart */
} playback;

void
player_begin(const struct strategy *strategy, struct steps *taken)
{
	player.strategy = strategy;
	player.taken = taken;
	player.calm_points = 0;
	for (uint32_t i = 0; i < VIRTUAL_MAX; i++)
		player.put_off[i] = 0;
	taken->n = 0;
	strategy->begin();
}

void
player_end(uint64_t points)
{
	player.strategy->end(points);
}

void
player_watch(void (*fn)(const struct virtual_point *point, uint32_t what))
{
	player.watch = fn;
}

/* Return the ready hart that follows hart when they are counted in a circle;
 * hart itself only if no other is ready. */
static uint32_t
next_in_circle(uint32_t ready, uint32_t hart)
{
	uint32_t above = ready & ~((2U << hart) - 1);

	return (uint32_t)__builtin_ctz(above != 0 ? above : ready);
}

/* Return the hart with which the calm schedule goes on at point.  Called once
 * for each point. */
static uint32_t
calm_choice(const struct virtual_point *point)
{
	bool ready = point->ready >> point->hart & 1;

	if (player.calm_hart != point->hart) {
		player.calm_hart = point->hart;
		player.calm_points = 0;
	}
	if (ready && point->why != AT_RELAX && point->why != AT_SLEEP &&
	    ++player.calm_points < CALM_POINTS)
		return point->hart;
	player.calm_points = 0;
	return next_in_circle(point->ready, point->hart);
}

static void
take_step(const struct virtual_point *point, uint32_t what)
{
	struct steps *taken = player.taken;

	if (taken->n < taken->room)
		taken->at[taken->n] = (struct step){ .at = point->n_of_hart,
			.hart = point->hart, .what = what };
	taken->n++;
}

static uint32_t
next(const struct virtual_point *point)
{
	uint32_t calm = calm_choice(point);
	uint32_t chosen = player.strategy->next(point, calm);

	livelock_note(point);
	if (chosen != calm)
		take_step(point, chosen);
	if (player.watch != NULL && chosen != point->hart)
		player.watch(point, chosen);
	return chosen;
}

static bool
interrupt(const struct virtual_point *point)
{
	bool taken = player.strategy->interrupt(point);
	bool due = ++player.put_off[point->hart] > INTERRUPT_POINTS;

	if (taken && !due)
		take_step(point, STEP_INTERRUPT);
	if (player.watch != NULL && (taken || due))
		player.watch(point, STEP_INTERRUPT);
	if (taken || due)
		player.put_off[point->hart] = 0;
	return taken || due;
}

static bool
time_passes(const struct virtual_point *point)
{
	bool passes = player.strategy->time(point);

	if (passes)
		take_step(point, STEP_TIME);
	if (player.watch != NULL && passes)
		player.watch(point, STEP_TIME);
	return passes;
}

static uint32_t
choose(const struct virtual_point *point, uint32_t n)
{
	uint32_t chosen = player.strategy->choose(point, n);

	if (chosen != 0)
		take_step(point, STEP_ANSWER + chosen);
	if (player.watch != NULL)
		player.watch(point, STEP_ANSWER + chosen);
	return chosen;
}

/* The steps that are replayed before replay_set is called. */
const struct steps no_steps;

void
player_init(void)
{
	virtual_player.next = next;
	virtual_player.interrupt = interrupt;
	virtual_player.time = time_passes;
	virtual_player.choose = choose;
	replay_set(&no_steps);
}

/* ---- replay ---- */

void
replay_set(const struct steps *steps)
{
	playback.steps = steps;
}

/* Move next[hart] on to the first step of hart at or after point number at.
 * Returns that step if it is at that point. */
static const struct step *
step_of(uint32_t hart, uint32_t at)
{
	const struct steps *s = playback.steps;
	uint32_t i = playback.next[hart];

	while (i < s->n && (s->at[i].hart != hart || s->at[i].at < at))
		i++;
	playback.next[hart] = i;
	return i < s->n && s->at[i].at == at ? &s->at[i] : NULL;
}

/* Return whether there is a step that does what at point.  If there is, the
 * step is used up. */
static bool
step_does(const struct virtual_point *point, uint32_t what)
{
	const struct step *step = step_of(point->hart, point->n_of_hart);

	if (step == NULL || step->what != what)
		return false;
	playback.next[point->hart]++;
	return true;
}

static void
replay_begin(void)
{
	for (uint32_t i = 0; i < VIRTUAL_MAX; i++)
		playback.next[i] = 0;
}

static uint32_t
replay_next(const struct virtual_point *point, uint32_t calm)
{
	const struct step *step = step_of(point->hart, point->n_of_hart);

	if (step != NULL && step->what < VIRTUAL_MAX &&
	    point->ready >> step->what & 1) {
		playback.next[point->hart]++;
		return step->what;
	}
	return calm;
}

static bool
replay_interrupt(const struct virtual_point *point)
{
	return step_does(point, STEP_INTERRUPT);
}

static bool
replay_time(const struct virtual_point *point)
{
	return step_does(point, STEP_TIME);
}

static uint32_t
replay_choose(const struct virtual_point *point, uint32_t n)
{
	const struct step *step = step_of(point->hart, point->n_of_hart);

	if (step == NULL || step->what < STEP_ANSWER ||
	    step->what - STEP_ANSWER >= n)
		return 0;
	playback.next[point->hart]++;
	return step->what - STEP_ANSWER;
}

static void
replay_end(uint64_t points)
{
	(void)points;
}

const struct strategy replay = {
	"replay", replay_begin, replay_next, replay_interrupt, replay_time,
	replay_choose, replay_end,
};
