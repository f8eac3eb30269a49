/*
 * strategy.c - see strategy.h.
 */
#include "explore/strategy.h"

#include "explore/explore.h"
#include "lib/str.h"

/*
 * For the strategies with priorities: a hart that has spun SPINS_MAX times, or
 * has gone on for POINTS_MAX points without a sleep, stands back for a random
 * time of up to STAND_BACK points.  Otherwise it could wait for ever for a hart
 * of low priority.
 */
enum { SPINS_MAX = 48, POINTS_MAX = 4000, STAND_BACK = 4000 };

/* In random, one in WALK_ODDS points is a switch.  In freeze, one in
 * FREEZE_ODDS points begins a freeze of up to 2^FREEZE_MAX times 16 points. */
enum { WALK_ODDS = 8, FREEZE_ODDS = 2000, FREEZE_MAX = 13 };

/* The odds of a switch in a program, whose goroutines come to far fewer
 * points. */
enum { WALK_ODDS_OF_PROGRAM = 3, TURNS_MAX = 1 << 14 };

/* One in TIME_ODDS points of a program lets time pass.  One in SCHEDULER_ODDS
 * points of the scheduler below a program is not quiet (is_quiet). */
enum { TIME_ODDS = 300, SCHEDULER_ODDS = 64 };

enum { DEPTH_MAX = 8 };

static EXPLORERS struct {
	struct rand rand;
	uint32_t    depth;		/* d of pct and few */
	bool        program;		/* a program is explored */
	uint64_t    n;			/* points of this schedule so far that
					 * are not quiet */
	uint64_t    length;		/* estimate of n at the end of a
					 * schedule */
	uint64_t    at[DEPTH_MAX];	/* the points at which something
					 * changes */
	int64_t     priority[VIRTUAL_MAX];
	uint64_t    back_until[VIRTUAL_MAX];	/* the hart stands back before
						 * this point */
	uint32_t    spins[VIRTUAL_MAX];
	uint32_t    ran[VIRTUAL_MAX];
} s;

static uint32_t
below(uint32_t n)
{
	return rand_below(&s.rand, n);
}

/* Return a random hart of mask, which is not 0. */
static uint32_t
any_of(uint32_t mask)
{
	uint32_t n = below((uint32_t)__builtin_popcount(mask));

	while (n-- > 0)
		mask &= mask - 1;
	return (uint32_t)__builtin_ctz(mask);
}

static bool
by_coin(const struct virtual_point *point)
{
	(void)point;
	return below(2) == 0;
}

/* Return whether time passes at point.  It does at few points of a program:
 * then a slice ends, or a timer rings while others compute. */
static bool
seldom(const struct virtual_point *point)
{
	(void)point;
	return below(TIME_ODDS) == 0;
}

static uint32_t
any_number(const struct virtual_point *point, uint32_t n)
{
	(void)point;
	return below(n);
}

/* Let the estimate of the length follow the lengths of schedules, which
 * differ. */
static void
learn_length(uint64_t points)
{
	(void)points;
	s.length = (3 * s.length + s.n) / 4 + 1;
}

/*
 * Return whether nothing is to be decided at point.  What matters in a program
 * is the order in which its goroutines act, not what the scheduler does in
 * between.  So a hart that looks for a goroutine goes on until it has one, or
 * sleeps.  Without this rule a hart that is woken comes too late for short
 * goroutines.  Only one of many points of the scheduler is left to the
 * strategy.
 */
static bool
is_quiet(const struct virtual_point *point)
{
	bool quiet = s.program && point->scheduler && point->why == AT_ACCESS &&
	    point->ready >> point->hart & 1 && below(SCHEDULER_ODDS) != 0;

	if (!quiet)
		s.n++;
	return quiet;
}

/* Return the harts of ready that do not stand back at point number n. */
static uint32_t
not_back(uint32_t ready, uint64_t n)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < VIRTUAL_MAX; i++)
		if (ready >> i & 1 && s.back_until[i] <= n)
			mask |= 1U << i;
	return mask;
}

static void
begin_any(void)
{
	s.n = 0;
	for (uint32_t i = 0; i < VIRTUAL_MAX; i++) {
		s.priority[i] = 1 + below(1U << 30);
		s.back_until[i] = 0;
		s.spins[i] = s.ran[i] = 0;
	}
	for (uint32_t i = 0; i < DEPTH_MAX; i++)
		s.at[i] = 1 + below((uint32_t)MIN(s.length, 1UL << 30));
}

/* Return whether a walk goes on with another hart at this point. */
static bool
is_turn(void)
{
	uint32_t odds = s.program ? WALK_ODDS_OF_PROGRAM : WALK_ODDS;

	/* A long schedule must not have more steps than can be kept. */
	return below(MAX(odds, (uint32_t)(s.length / TURNS_MAX))) == 0;
}

/* ---- random ---- */

static uint32_t
random_next(const struct virtual_point *point, uint32_t calm)
{
	uint32_t others = point->ready & ~(1U << point->hart);

	(void)calm;
	if (is_quiet(point))
		return point->hart;
	if (others == 0 || (point->why != AT_SLEEP && point->why != AT_RELAX &&
	    !is_turn()))
		return point->ready >> point->hart & 1 ? point->hart :
		    any_of(point->ready);
	return any_of(others);
}

static const struct strategy random_walk = {
	"random", begin_any, random_next, by_coin, seldom,
	any_number, learn_length,
};

/* ---- pct ---- */

static uint32_t
highest(uint32_t mask)
{
	uint32_t best = VIRTUAL_MAX;

	for (uint32_t i = 0; i < VIRTUAL_MAX; i++)
		if (mask >> i & 1 && (best == VIRTUAL_MAX ||
		    s.priority[i] > s.priority[best]))
			best = i;
	return best;
}

static uint32_t
pct_next(const struct virtual_point *point, uint32_t calm)
{
	uint32_t me = point->hart, others = point->ready & ~(1U << me), mask;

	(void)calm;
	if (is_quiet(point))
		return me;
	for (uint32_t i = 0; i + 1 < s.depth; i++)
		if (s.at[i] == s.n)
			s.priority[me] = -(int64_t)(i + 1);
	if (point->why == AT_SLEEP)
		s.ran[me] = 0;
	if ((point->why == AT_RELAX && ++s.spins[me] >= SPINS_MAX) ||
	    ++s.ran[me] > POINTS_MAX) {
		s.spins[me] = s.ran[me] = 0;
		if (others != 0) {
			s.back_until[me] = s.n + 200 + below(STAND_BACK);
			return highest(others);
		}
	}
	mask = not_back(point->ready, s.n);
	return highest(mask != 0 ? mask : point->ready);
}

static const struct strategy pct = {
	"pct", begin_any, pct_next, by_coin, seldom,
	any_number, learn_length,
};

/* ---- freeze ---- */

static uint32_t
freeze_next(const struct virtual_point *point, uint32_t calm)
{
	uint32_t me = point->hart, mask;

	if (is_quiet(point))
		return me;
	if (point->why == AT_ACCESS && below(FREEZE_ODDS) == 0)
		s.back_until[me] = s.n + (16U << below(FREEZE_MAX));
	mask = not_back(point->ready, s.n);
	if (mask == 0)
		return calm;
	if (mask >> me & 1 && point->why != AT_RELAX && !is_turn())
		return me;
	return any_of(mask);
}

static const struct strategy freeze = {
	"freeze", begin_any, freeze_next, by_coin, seldom,
	any_number, learn_length,
};

/* ---- few ---- */

static bool
is_changed(uint64_t n)
{
	for (uint32_t i = 0; i < s.depth; i++)
		if (s.at[i] == n)
			return true;
	return false;
}

static uint32_t
few_next(const struct virtual_point *point, uint32_t calm)
{
	uint32_t others = point->ready & ~(1U << calm), mask;

	if (is_quiet(point))
		return point->hart;
	if (is_changed(s.n) && others != 0) {
		/* In half of the cases the hart stands back for long. */
		if (below(2) == 0)
			s.back_until[calm] = s.n + below(STAND_BACK);
		return any_of(others);
	}
	mask = not_back(point->ready, s.n);
	return mask == 0 || mask >> calm & 1 ? calm : any_of(mask);
}

static const struct strategy few = {
	"few", begin_any, few_next, by_coin, seldom,
	any_number, learn_length,
};

/* ---- surw ---- */

enum { PLACES = 1024 };

/*
 * The order of the accesses at one place is drawn at random.  count has the
 * number of accesses at the place that each hart is expected to make, estimated
 * from the schedule before.  Of the ready harts one is drawn, with a
 * probability that grows with the number of accesses left to it, and goes on
 * until it has made its next access there.
 */
static EXPLORERS struct {
	uint32_t place;			/* the place, in this schedule */
	uint32_t seen[PLACES];		/* accesses at each place, in this
					 * schedule */
	uint32_t count[VIRTUAL_MAX];	/* by hart: accesses at place,
					 * expected */
	uint32_t made[VIRTUAL_MAX];	/* by hart: accesses at place so far */
	uint32_t chosen;		/* the hart that is to make the next
					 * access */
	uint64_t since;			/* the point at which chosen was
					 * drawn */
} surw_state;

static uint32_t
place_of(uintptr_t pc)
{
	return (uint32_t)(pc >> 1) * 2654435761U >> 22;
}

static void
surw_begin(void)
{
	uint32_t total = 0, drawn;

	begin_any();
	/* Draw one of the places that were come to, all with one
	 * probability. */
	for (uint32_t i = 0; i < PLACES; i++)
		total += surw_state.seen[i] != 0;
	drawn = total != 0 ? below(total) : 0;
	surw_state.place = 0;
	for (uint32_t i = 0; i < PLACES && total != 0; i++)
		if (surw_state.seen[i] != 0 && drawn-- == 0)
			surw_state.place = i;
	for (uint32_t i = 0; i < VIRTUAL_MAX; i++) {
		surw_state.count[i] = 1 + surw_state.seen[surw_state.place] / 2;
		surw_state.made[i] = 0;
	}
	for (uint32_t i = 0; i < PLACES; i++)
		surw_state.seen[i] = 0;
	surw_state.chosen = VIRTUAL_MAX;
}

/* Draw a hart of mask; the more accesses at the place are left to a hart, the
 * more probable it is. */
static uint32_t
by_what_is_left(uint32_t mask)
{
	uint32_t left[VIRTUAL_MAX], total = 0, drawn;

	for (uint32_t i = 0; i < VIRTUAL_MAX; i++) {
		uint32_t c = surw_state.count[i], m = surw_state.made[i];

		left[i] = mask >> i & 1 ? (c > m ? c - m : 1) : 0;
		total += left[i];
	}
	drawn = below(total);
	for (uint32_t i = 0;; i++) {
		if (drawn < left[i])
			return i;
		drawn -= left[i];
	}
}

static uint32_t
surw_next(const struct virtual_point *point, uint32_t calm)
{
	uint32_t place = place_of(point->pc), ready = point->ready;
	bool     here = place == surw_state.place;

	if (is_quiet(point))
		return point->hart;
	surw_state.seen[place]++;
	if (point->why == AT_RELAX || s.n - surw_state.since > POINTS_MAX)
		surw_state.chosen = VIRTUAL_MAX;
	if (here && (surw_state.chosen == VIRTUAL_MAX ||
	    surw_state.chosen == point->hart)) {
		surw_state.made[point->hart]++;
		surw_state.chosen = by_what_is_left(ready);
		surw_state.since = s.n;
	}
	if (surw_state.chosen != VIRTUAL_MAX && ready >> surw_state.chosen & 1)
		return surw_state.chosen;
	return calm;
}

static const struct strategy surw = {
	"surw", surw_begin, surw_next, by_coin, seldom,
	any_number, learn_length,
};

/* ---- exhaustive ---- */

enum { BOUND_MAX = 4, LEVELS = 12, DEPTH_POINTS = 1 << 14, OTHERS = 16 };

/*
 * The schedules with at most bound steps, and with any answers to the questions
 * of a program, form a tree.  A node is a list of steps; each child has one
 * more step, at a later point.  Each schedule plays one node.  Its children are
 * what could have been chosen at the points behind its last step; they are
 * visited next.
 *
 * In a program, only points of its goroutines count: between them the scheduler
 * does what it does in the calm schedule.
 */
static EXPLORERS struct {
	uint32_t bound;
	bool     program;
	uint32_t n;			/* steps of the node that is being
					 * played */
	struct { uint64_t at; uint32_t what; bool answer; } step[LEVELS];
	/* By the number of steps i: the choices other than the calm one at each
	 * point of the last schedule that was played with i steps.  A choice is
	 * removed when it is tried. */
	uint16_t other[LEVELS + 1][DEPTH_POINTS];
	/* By the number of steps, too: bit n says that point n asks for an
	 * answer. */
	uint32_t answers[LEVELS + 1][DEPTH_POINTS / 32];
	uint64_t points[LEVELS + 1];
	bool     over, cut;
} tree;

static void
exhaustive_begin(void)
{
	for (uint32_t i = 0; i < ARRAY_LEN(tree.answers[0]); i++)
		tree.answers[tree.n][i] = 0;
}

/* Return what the node that is played does at point number n; calm if the node
 * has no step there.  others are the other choices at this point. */
static uint32_t
tree_choice(uint64_t n, uint32_t calm, uint32_t others)
{
	uint64_t last = tree.n != 0 ? tree.step[tree.n - 1].at : 0;

	for (uint32_t i = 0; i < tree.n; i++)
		if (tree.step[i].at == n)
			return tree.step[i].what;
	if (n >= DEPTH_POINTS)
		tree.cut = true;
	else
		tree.other[tree.n][n] = tree.n != 0 && n <= last ? 0 :
		    (uint16_t)others;
	return calm;
}

static uint32_t
exhaustive_next(const struct virtual_point *point, uint32_t calm)
{
	return tree_choice(point->n, calm, tree.program && point->scheduler ?
	    0 : point->ready & ~(1U << calm));
}

static bool
exhaustive_interrupt(const struct virtual_point *point)
{
	(void)point;
	return false;
}

static uint32_t
exhaustive_choose(const struct virtual_point *point, uint32_t n)
{
	if (n > OTHERS)
		tree.cut = true;
	if (point->n < DEPTH_POINTS)
		tree.answers[tree.n][point->n / 32] |= 1U << point->n % 32;
	return tree_choice(point->n, 0, (1U << MIN(n, (uint32_t)OTHERS)) - 2);
}

/* Return the number of steps of the node that count: all but answers. */
static uint32_t
tree_cost(void)
{
	uint32_t cost = 0;

	for (uint32_t i = 0; i < tree.n; i++)
		cost += !tree.step[i].answer;
	return cost;
}

/* Add a step that was not tried yet to the node that was played.  Returns false
 * if there is none. */
static bool
next_child(void)
{
	uint64_t from = tree.n != 0 ? tree.step[tree.n - 1].at + 1 : 0;
	bool     full = tree_cost() == tree.bound;

	for (uint64_t p = from; p < tree.points[tree.n]; p++) {
		uint16_t *other = &tree.other[tree.n][p];
		bool      answer = tree.answers[tree.n][p / 32] >> p % 32 & 1;

		if (*other == 0 || (full && !answer))
			continue;
		if (tree.n == LEVELS) {
			tree.cut = true;
			return false;
		}
		tree.step[tree.n].at = p;
		tree.step[tree.n].what = (uint32_t)__builtin_ctz(*other);
		tree.step[tree.n].answer = answer;
		*other &= (uint16_t)(*other - 1);
		tree.n++;
		return true;
	}
	return false;
}

static void
exhaustive_end(uint64_t points)
{
	tree.points[tree.n] = MIN(points, (uint64_t)DEPTH_POINTS);
	while (!next_child()) {
		if (tree.n == 0) {
			tree.over = true;
			return;
		}
		tree.n--;
	}
}

static const struct strategy exhaustive = {
	"exhaustive", exhaustive_begin, exhaustive_next, exhaustive_interrupt,
	exhaustive_interrupt, exhaustive_choose, exhaustive_end,
};

bool
strategy_is_exhausted(void)
{
	return tree.over && !tree.cut;
}

bool
strategy_is_over(void)
{
	return tree.over;
}

/* ---- the choice ---- */

static const struct {
	const struct strategy *strategy;
	uint32_t               depth;
} portfolio[] = {
	{ &pct, 3 }, { &random_walk, 0 }, { &few, 2 }, { &pct, 2 },
	{ &surw, 0 },	{ &freeze, 0 }, { &few, 4 }, { &pct, 5 },
};

static EXPLORERS struct {
	const struct strategy *only;	/* NULL: the portfolio */
	uint32_t               depth;
} choice;

bool
strategy_choose(const char *word, bool program)
{
	static const struct strategy *const all[] = {
		&random_walk, &pct, &freeze, &few, &surw, &exhaustive,
	};
	const char *colon = strchr(word, ':');
	size_t      len = colon != NULL ? (size_t)(colon - word) : strlen(word);
	uint64_t    depth = 3;

	s.length = 2000;
	s.program = tree.program = program;
	choice.only = NULL;
	if (strcmp(word, "portfolio") == 0)
		return true;
	if (colon != NULL && (!str_to_u64(colon + 1, &depth) || depth < 1 ||
	    depth > DEPTH_MAX))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strlen(all[i]->name) == len &&
		    memcmp(all[i]->name, word, len) == 0)
			choice.only = all[i];
	choice.depth = (uint32_t)depth;
	tree.bound = (uint32_t)MIN(depth, (uint64_t)BOUND_MAX);
	return choice.only != NULL;
}

void
strategy_expect(uint64_t points)
{
	s.length = points + 1;
}

bool
strategy_wants_one_set(void)
{
	return choice.only == &exhaustive;
}

const struct strategy *
strategy_of(uint64_t i, uint64_t seed)
{
	rand_seed(&s.rand, seed);
	s.depth = choice.depth;
	if (choice.only != NULL)
		return choice.only;
	s.depth = portfolio[i % ARRAY_LEN(portfolio)].depth;
	return portfolio[i % ARRAY_LEN(portfolio)].strategy;
}
