/*
 * player.c - see player.h.
 */
#include "explore/player.h"

#include "explore/explore.h"

/* The calm schedule takes a virtual hart off that has gone on for so many
 * points: it may wait in a loop that is not known to be one. */
enum { CALM_POINTS = 20000 };

static EXPLORERS struct {
	const struct strategy *strategy;
	struct steps *taken;
	uint32_t calm_hart;	/* has gone on lately */
	uint32_t calm_points;	/* for so many points */
	void   (*watch)(const struct virtual_point *point, uint32_t what);
} player;

static EXPLORERS struct {
	const struct steps *steps;
	uint32_t next[VIRTUAL_MAX];	/* of each hart, its next step */
} playback;

void
player_begin(const struct strategy *strategy, struct steps *taken)
{
	player.strategy = strategy;
	player.taken = taken;
	player.calm_points = 0;
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

/* The ready hart that comes after hart in their circle; hart itself only if
 * there is no other. */
static uint32_t
next_in_circle(uint32_t ready, uint32_t hart)
{
	uint32_t above = ready & ~((2U << hart) - 1);

	return (uint32_t)__builtin_ctz(above != 0 ? above : ready);
}

/* Return what the calm schedule does at point.  Once for each point. */
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
			.hart = (uint8_t)point->hart, .what = (uint8_t)what };
	taken->n++;
}

static uint32_t
next(const struct virtual_point *point)
{
	uint32_t calm = calm_choice(point);
	uint32_t chosen = player.strategy->next(point, calm);

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

	if (taken)
		take_step(point, STEP_INTERRUPT);
	if (player.watch != NULL && taken)
		player.watch(point, STEP_INTERRUPT);
	return taken;
}

/* What is replayed until there is something to replay. */
static const struct steps no_steps;

void
player_init(void)
{
	virtual_player.next = next;
	virtual_player.interrupt = interrupt;
	replay_set(&no_steps);
}

/* ---- replay ---- */

void
replay_set(const struct steps *steps)
{
	playback.steps = steps;
}

/* Move next[hart] on to the first step of hart at or after point number at. */
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

	if (step != NULL && step->what != STEP_INTERRUPT &&
	    point->ready >> step->what & 1) {
		playback.next[point->hart]++;
		return step->what;
	}
	return calm;
}

static bool
replay_interrupt(const struct virtual_point *point)
{
	const struct step *step = step_of(point->hart, point->n_of_hart);

	return step != NULL && step->what == STEP_INTERRUPT;
}

static void
replay_end(uint64_t points)
{
	(void)points;
}

const struct strategy replay = {
	"replay", replay_begin, replay_next, replay_interrupt, replay_end,
};
