/*
 * search.c - schedule after schedule, until one fails; then shrinking and
 * reporting it.
 *
 *	1  The main goroutine of the booted machine calls explore_main, which
 *	   enters the explorer.  The explorer keeps the world as REWIND_BOOTED.
 *	2  A set begins: the explorer puts that world back and goes on with
 *	   it.  The world sets the workload up by the seed of the set, and
 *	   enters the explorer again, which keeps the world as REWIND_SET_UP.
 *	3  A schedule: the explorer goes on with that world, which runs the
 *	   workload.  The world enters the explorer at the end of the workload,
 *	   when the machine ends, when it is stuck, or at a data race.  The
 *	   explorer puts REWIND_SET_UP back.
 *	4  After SCHEDULES_OF_SET schedules the next set begins.
 *
 * So one call of enter_explorer returns many times into the world, as setjmp
 * does.  A schedule is a function of the image, the seed of its set, the
 * workload and its steps.
 */
#include "explore/explore.h"

#include "drivers/uart.h"
#include "explore/livelock.h"
#include "explore/player.h"
#include "explore/races.h"
#include "explore/rewind.h"
#include "explore/strategy.h"
#include "explore/tell.h"
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/riscv.h"
#include "kernel/symbols.h"
#include "kernel/tripwire.h"
#include "lib/check.h"
#include "lib/fmt.h"
#include "lib/str.h"

enum {
	SCHEDULES_OF_SET = 200,
	STEPS_MAX = 1 << 17,
	STACK_BYTES = 64 << 10,
	OUTPUT_MAX = 64 << 10,
	REPLAYS_MAX = 4000,		/* replays of one shrinking */
	STATUS_FOUND = 1, STATUS_MISUSE = 2,
	STATUS_STUCK = 64,		/* of a schedule, not of the machine */
	STATUS_LEAK = 65,
	STATUS_UNABLE = 67,
};

/*
 * The limit of points after which a schedule is stuck: for a workload of the
 * runtime POINTS_MAX.  For a program it is TIMES_CALM times the points of the
 * calm schedule, at least POINTS_PROGRAM; the calm schedule itself may have
 * POINTS_CALM.
 */
#define POINTS_MAX      4000000UL
#define POINTS_PROGRAM  200000UL
#define POINTS_CALM     25000000UL
enum { TIMES_CALM = 20 };

#define PROGRESS_TIME NS_PER_S

/* What the boot arguments say. */
static EXPLORERS struct {
	const char *workload;
	const char *strategy;
	const char *steps;
	uint64_t    schedules, seconds, seed, set, points, all, races, leaks;
} want;

static EXPLORERS struct {
	const struct workload *workload;
	uintptr_t     sp;		/* stack pointer of the explorer, while
					 * the world goes on */
	int           status;		/* of the schedule that has ended */
	struct strand strand;		/* the strand that the explorer runs
					 * as */
	char         *output;		/* what the schedule has printed */
	size_t        noutput;
	uint64_t      set;		/* the seed of the set */
	bool          telling;		/* the schedule is being played for the
					 * report */
	uint64_t      nschedules, npoints, npages, nfailed;
	uint64_t      ndistinct;
	uint64_t     *hashes;		/* of schedules, in a hash table */
	uint64_t      began;		/* ticks of the real clock */
	uint64_t      told;
	struct steps  taken, best, trial;
} x;

enum { HASHES = 1 << 18 };

/* linker.ld */
extern char __explorer_start[], __explorer_end[];

/* ---- boot arguments ---- */

static bool
take_word(const char **where, const char *value)
{
	*where = value;
	return *value != '\0';
}

/* Boot argument name_, a word or a number, is stored in want.field_. */
#define WORD_ARG(name_, field_, help_)                                      \
	static bool parse_##field_(const char *value)                       \
	{                                                                   \
		return take_word(&want.field_, value);                      \
	}                                                                   \
	BOOTARG(field_, name_, help_, parse_##field_)
#define NUMBER_ARG(name_, field_, help_)                                    \
	static bool parse_##field_(const char *value)                       \
	{                                                                   \
		return str_to_u64(value, &want.field_);                     \
	}                                                                   \
	BOOTARG(field_, name_, help_, parse_##field_)

WORD_ARG("explore", workload, "NAME  explore a workload");
WORD_ARG("strategy", strategy, "WORD  how schedules are chosen");
WORD_ARG("steps", steps, "STEPS  replay one schedule");
NUMBER_ARG("schedules", schedules, "N  explore so many");
NUMBER_ARG("seconds", seconds, "N  explore for so long");
NUMBER_ARG("xseed", seed, "N  seed of the schedules");
NUMBER_ARG("xset", set, "N  seed of the set that is replayed");
NUMBER_ARG("points", points, "N  a schedule with more is stuck");
NUMBER_ARG("races", races, "0  look for no data races");
NUMBER_ARG("leaks", leaks, "1  goroutines that wait for ever are a failure");

bool
explore_is_wanted(void)
{
	return want.workload != NULL;
}

/* ---- the two sides ---- */

/* Print without the console, which is part of the world. */
PRINTF(1, 2) static void
say(const char *fmt, ...)
{
	static EXPLORERS char text[1024];
	va_list ap;
	int     n;

	va_start(ap, fmt);
	n = (int)fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	uart_console.write(text, MIN((size_t)n, sizeof(text) - 1));
}

/* Return the ticks of the real clock, which runs at 10 MHz on the virt machine
 * of QEMU. */
static uint64_t
real_ticks(void)
{
	return CSR_READ(time);
}

static uint64_t
ms_since(uint64_t ticks)
{
	return (real_ticks() - ticks) / 10000;
}

/* Leave the world at the end of a part, and tell the explorer status.  Returns
 * when the explorer goes on with the world as it was kept.  Any virtual
 * hart. */
static void
enter_explorer(int status)
{
	struct virtual_world *w = &virtual_world;
	bool were_on = (CSR_READ_CLEAR(sstatus, SSTATUS_SIE) &
	    SSTATUS_SIE) != 0;

	CSR_CLEAR(sip, SIE_SSIE);
	w->deciding = true;
	x.status = status;
	virtual_switch(&w->harts[w->current].sp, x.sp,
	    w->harts[w->current].hart);
	w->deciding = false;
	if (were_on)
		CSR_SET(sstatus, SSTATUS_SIE);
}

/* Go on with the world until it enters the explorer.  Returns the status. */
static int
run_world(void)
{
	struct virtual_world *w = &virtual_world;

	/* The world that was put back may want another page table than the one
	 * in use. */
	tripwire_resume(w->harts[w->current].hart);
	virtual_switch(&x.sp, w->harts[w->current].sp,
	    w->harts[w->current].hart);
	return x.status;
}

static void
keep_output(const char *text, size_t n)
{
	n = MIN(n, OUTPUT_MAX - x.noutput);
	memcpy(x.output + x.noutput, text, n);
	x.noutput += n;
}

static size_t
feed_output(const char *text, size_t n)
{
	keep_output(text, n);
	return n;
}

static void
drain_output(void)
{
}

static const struct console_device kept = {
	.write = keep_output, .feed = feed_output, .drain = drain_output,
};

/* Print to the output of the schedule. */
PRINTF(1, 2) static void
print_kept(const char *fmt, ...)
{
	char    line[160];
	va_list ap;
	size_t  n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	keep_output(line, MIN(n, sizeof(line) - 1));
}

static void
ended(int status)
{
	/* A workload of the runtime does not end the machine; if the machine
	 * ends, run was not finished.  A program ends it. */
	enter_explorer(status != 0 || x.workload->is_program ? status :
	    STATUS_STUCK);
}

static void
stuck(const char *text)
{
	char line[160];

	keep_output(line, fmt_snprintf(line, sizeof(line), "stuck: %s\n",
	    text));
	livelock_print(print_kept);
	enter_explorer(STATUS_STUCK);
}

void
explore_leaks(void)
{
	if (want.leaks != 0 && leaked_goroutines(true) > 0) {
		print("explore: goroutines are left that wait for ever\n");
		exit(STATUS_LEAK);
	}
}

/* The program wants something that no schedule can give. */
static void
unable(const char *text)
{
	char line[160];

	keep_output(line, fmt_snprintf(line, sizeof(line), "%s\n", text));
	enter_explorer(STATUS_UNABLE);
}

NORETURN void
explore_fail(const char *fmt, ...)
{
	char    text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kprintf_raw("explore: %s\n", text);
	machine_exit(STATUS_FOUND);
}

/* ---- one schedule ---- */

/* Play the schedule that strategy chooses, from the world that was set up, and
 * put that world back.  Returns the status of the schedule, and its hash in
 * *hash; the counts of virtual_world are lost. */
static int
play(const struct strategy *strategy, struct steps *taken, uint64_t *hash)
{
	int status;

	x.noutput = 0;
	player_begin(strategy, taken);
	races_begin(x.telling);
	livelock_begin(want.points);
	virtual_begin();
	virtual_world.limit = want.points;
	status = run_world();
	*hash = virtual_world.hash;
	player_end(virtual_world.points);
	x.npoints += virtual_world.points;
	x.npages += rewind_back(REWIND_SET_UP);
	return status;
}

/* Return whether no schedule had this hash yet, and note the hash. */
static bool
is_new(uint64_t hash)
{
	uint64_t i = hash % HASHES;

	for (uint32_t k = 0; k < 64; k++, i = (i + 1) % HASHES) {
		if (x.hashes[i] == hash)
			return false;
		if (x.hashes[i] == 0) {
			x.hashes[i] = hash;
			return true;
		}
	}
	return true;		/* no place is left to look it up: assume that
				 * it is new */
}

static bool
set_up(uint64_t seed)
{
	int status;

	x.set = seed;
	rewind_all(REWIND_BOOTED);
	x.noutput = 0;
	player_begin(&replay, &x.trial);
	virtual_begin();
	virtual_world.limit = 0;
	status = run_world();
	if (status != 0)
		return false;
	rewind_keep(REWIND_SET_UP);
	return true;
}

/* ---- shrinking: leave out steps as long as the schedule fails ---- */

static bool
still_fails(const struct steps *steps)
{
	uint64_t hash;

	replay_set(steps);
	return play(&replay, &x.taken, &hash) != 0;
}

/* Make x.trial of x.best without the steps from..to - 1. */
static void
leave_out(uint32_t from, uint32_t to)
{
	x.trial.n = 0;
	for (uint32_t i = 0; i < x.best.n; i++)
		if (i < from || i >= to)
			x.trial.at[x.trial.n++] = x.best.at[i];
}

static void
copy_steps(struct steps *to, const struct steps *from)
{
	to->n = MIN(from->n, from->room);
	memcpy(to->at, from->at, to->n * sizeof(struct step));
}

/* Shrink x.best by delta debugging (Zeller and Hildebrandt 2002), reduced to
 * leaving out steps. */
static void
shrink(void)
{
	uint32_t piece = MAX(x.best.n / 2, 1U), tries = 0;

	while (x.best.n > 0 && tries < REPLAYS_MAX) {
		bool any = false;

		for (uint32_t from = 0; from < x.best.n &&
		    tries < REPLAYS_MAX; tries++) {
			leave_out(from, MIN(from + piece, x.best.n));
			if (still_fails(&x.trial)) {
				copy_steps(&x.best, &x.trial);
				any = true;
			} else {
				from += piece;
			}
		}
		if (piece == 1 && !any)
			break;
		if (!any)
			piece = MAX(piece / 2, 1U);
		piece = MIN(piece, MAX(x.best.n, 1U));
	}
}

/* ---- telling ---- */

static void
print_steps(const struct steps *steps)
{
	for (uint32_t i = 0; i < steps->n; i++) {
		const struct step *s = &steps->at[i];

		if (s->what == STEP_INTERRUPT)
			say("%s%u:%u!", i != 0 ? "," : "", s->hart, s->at);
		else if (s->what == STEP_TIME)
			say("%s%u:%u+", i != 0 ? "," : "", s->hart, s->at);
		else if (s->what >= STEP_ANSWER)
			say("%s%u:%u=%u", i != 0 ? "," : "", s->hart, s->at,
			    s->what - STEP_ANSWER);
		else
			say("%s%u:%u>%u", i != 0 ? "," : "", s->hart, s->at,
			    s->what);
	}
	if (steps->n == 0)
		say("calm");
}

/* Take a number from *text, and move *text behind it.  Returns false if there
 * is none. */
static bool
take_number(const char **text, uint32_t *value)
{
	uint64_t n = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9' && n < UINT32_MAX; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	*value = (uint32_t)n;
	if (at == *text || n > UINT32_MAX)
		return false;
	*text = at;
	return true;
}

/* Take a step, in the form of print_steps, from *text, and move *text behind
 * it.  Returns false if there is none. */
static bool
take_step_text(const char **text, struct step *s)
{
	if (!take_number(text, &s->hart) || s->hart >= virtual_world.n ||
	    *(*text)++ != ':' || !take_number(text, &s->at))
		return false;
	switch (*(*text)++) {
	case '!':
		s->what = STEP_INTERRUPT;
		return true;
	case '+':
		s->what = STEP_TIME;
		return true;
	case '=':
		if (!take_number(text, &s->what) ||
		    s->what > EXPLORE_CHOICES)
			return false;
		s->what += STEP_ANSWER;
		return true;
	case '>':
		return take_number(text, &s->what) &&
		    s->what < virtual_world.n;
	default:
		return false;
	}
}

static bool
parse_steps_text(const char *text, struct steps *steps)
{
	steps->n = 0;
	if (strcmp(text, "calm") == 0)
		return true;
	while (steps->n < steps->room &&
	    take_step_text(&text, &steps->at[steps->n])) {
		steps->n++;
		if (*text == '\0')
			return true;
		if (*text++ != ',')
			return false;
	}
	return false;
}

/* Replay x.best once more, and report it.  Returns its status. */
static int
replay_and_tell(void)
{
	uint64_t hash;
	int      status;

	replay_set(&x.best);
	tell_begin(&x.best);
	player_watch(tell_step);
	x.telling = true;
	status = play(&replay, &x.taken, &hash);
	x.telling = false;
	player_watch(NULL);
	tell_print(say);
	say("what it printed:\n");
	uart_console.write(x.output, x.noutput);
	if (status == STATUS_RACE)
		races_print(say);
	say("explore: status %d hash %016lx\n", status, hash);
	return status;
}

/* ---- the search ---- */

static void
progress(bool last)
{
	uint64_t ms = ms_since(x.began);

	if (!last && ms - x.told < PROGRESS_TIME / NS_PER_MS)
		return;
	x.told = ms;
	say("explore: %lu schedules (%lu a second), %lu distinct, "
	    "%lu decisions (%lu a second), %lu pages put back a schedule, "
	    "%lu failed\n",
	    x.nschedules, x.nschedules * 1000 / MAX(ms, 1UL), x.ndistinct,
	    x.npoints, x.npoints * 1000 / MAX(ms, 1UL),
	    x.npages / MAX(x.nschedules, 1UL), x.nfailed);
}

static bool
is_over(void)
{
	return x.nschedules >= want.schedules || strategy_is_over() ||
	    (want.seconds != 0 && ms_since(x.began) >= want.seconds * 1000);
}

/* Report a schedule of this set that has failed, with its steps in x.taken. */
static void
report(const char *strategy, uint64_t number)
{
	uint32_t n = x.taken.n;

	progress(true);
	if (n > x.taken.room) {
		say("explore: a schedule failed whose %u steps are too many to "
		    "keep: seed %lu\n", n, want.seed);
		return;
	}
	copy_steps(&x.best, &x.taken);
	if (!still_fails(&x.best)) {
		say("explore: a schedule failed that does not fail again; this "
		    "is a fault of the explorer\n");
		return;
	}
	shrink();
	say("explore: found by %s, schedule %lu, after %lu ms; %u steps, %u "
	    "after shrinking\n", strategy, number, ms_since(x.began), n,
	    x.best.n);
	(void)replay_and_tell();
	say("explore: schedule explore=%s VHARTS=%u xset=%lu points=%lu steps=",
	    x.workload->name, virtual_world.n, x.set, want.points);
	print_steps(&x.best);
	say("\n");
}

/* Play the calm schedule of a program, which tells how long other schedules may
 * be.  Returns 0, or the status with which the search ends. */
static int
begin_with_calm(void)
{
	uint64_t given = want.points, hash;
	int      status;

	if (given == 0)
		want.points = POINTS_CALM;
	replay_set(&no_steps);
	x.nschedules++;
	status = play(&replay, &x.taken, &hash);
	if (status == STATUS_STUCK && x.npoints >= want.points) {
		uart_console.write(x.output, x.noutput);
		say("explore: even the calm schedule has more than %lu points: "
		    "let the program do less, or give POINTS=\n",
		    want.points);
		return STATUS_MISUSE;
	}
	if (status == STATUS_UNABLE) {
		uart_console.write(x.output, x.noutput);
		return STATUS_MISUSE;
	}
	if (given == 0)
		want.points = MAX(POINTS_PROGRAM, TIMES_CALM * x.npoints);
	strategy_expect(x.npoints);
	if (status == 0)
		return 0;
	x.nfailed++;
	report("calm", x.nschedules);
	return STATUS_FOUND;
}

static int
search(void)
{
	bool good = true;
	int  status;

	if (!x.workload->is_program && want.points == 0)
		want.points = POINTS_MAX;
	for (uint64_t i = 0; !is_over(); i++) {
		const struct strategy *strategy;
		uint64_t hash;

		uint64_t of_set = i % SCHEDULES_OF_SET;

		if (i == 0 || (of_set == 0 && !strategy_wants_one_set()))
			good = set_up(want.seed * 1000003 +
			    i / SCHEDULES_OF_SET);
		if (!good) {
			say("explore: the workload failed in its set-up\n");
			uart_console.write(x.output, x.noutput);
			return STATUS_MISUSE;
		}
		if (i == 0 && x.workload->is_program) {
			status = begin_with_calm();
			if (status != 0)
				return status;
		}
		strategy = strategy_of(i, want.seed * 0x9e3779b97f4a7c15UL + i);
		x.nschedules++;
		status = play(strategy, &x.taken, &hash);
		if (status == STATUS_UNABLE) {
			uart_console.write(x.output, x.noutput);
			return STATUS_MISUSE;
		}
		if (status != 0) {
			x.nfailed++;
			if (x.nfailed == 1)
				report(strategy->name, x.nschedules);
			if (!want.all)
				return STATUS_FOUND;
		}
		x.ndistinct += is_new(hash);
		progress(false);
	}
	progress(true);
	if (strategy_is_exhausted())
		say("explore: these are all schedules of this kind\n");
	else if (strategy_is_over())
		say("explore: these are not all schedules of this kind: some "
		    "are too long, or ask for too much\n");
	if (races_ncut() != 0)
		say("explore: in %lu schedules races were not looked for to "
		    "the end: too many goroutines or addresses\n",
		    races_ncut());
	return x.nfailed != 0 ? STATUS_FOUND : 0;
}

static int
replay_one(void)
{
	if (!parse_steps_text(want.steps, &x.best)) {
		say("explore: steps=%s: this is no list of steps\n",
		    want.steps);
		return STATUS_MISUSE;
	}
	if (!set_up(want.set))
		return STATUS_MISUSE;
	return replay_and_tell() != 0 ? STATUS_FOUND : 0;
}

/* Run the explorer, on its own stack. */
static void
explorer(void)
{
	int status;

	rewind_keep(REWIND_BOOTED);
	x.began = real_ticks();
	status = want.steps != NULL ? replay_one() : search();
	say("explore: ends with status %d\n", status);
	virtual_player.ended = NULL;
	machine_exit(status);
}

/* ---- boot ---- */

void
explore_init(void)
{
	memset(__explorer_start, 0,
	    (size_t)(__explorer_end - __explorer_start));
	want.strategy = "portfolio";
	want.schedules = UINT64_MAX;
	want.races = 1;
	player_init();
	player_begin(&replay, &x.trial);
}

static struct steps
new_steps(void)
{
	return (struct steps){ .room = STEPS_MAX,
		.at = explorers_memory(STEPS_MAX * sizeof(struct step)) };
}

int
explore_main(void)
{
	uintptr_t stack;
	struct rand r;

	x.workload = workload_find(want.workload);
	if (x.workload == NULL) {
		print("explore: no workload %s; there are:", want.workload);
		for (size_t i = 0; workload_at(i) != NULL; i++)
			print(" %s", workload_at(i)->name);
		print("\n");
		return STATUS_MISUSE;
	}
	if (!strategy_choose(want.strategy, x.workload->is_program)) {
		print("explore: strategy=%s: give random, pct:D, freeze, "
		    "few:D, surw, exhaustive:B or portfolio\n",
		    want.strategy);
		return STATUS_MISUSE;
	}
	if (!rewind_init()) {
		print("explore: this machine has too little memory for the "
		    "explorer\n");
		return STATUS_MISUSE;
	}
	x.taken = new_steps();
	x.best = new_steps();
	x.trial = new_steps();
	x.hashes = explorers_memory(HASHES * sizeof(x.hashes[0]));
	x.output = explorers_memory(OUTPUT_MAX);
	stack = (uintptr_t)explorers_memory(STACK_BYTES) + STACK_BYTES;
	x.sp = virtual_frame(stack, explorer, &x.strand);
	x.strand.hart = virtual_world.harts[0].hart;
	virtual_player.ended = ended;
	virtual_player.stuck = stuck;
	virtual_player.unable = unable;
	livelock_init();
	if (x.workload->is_program && want.races != 0)
		races_init(ended);
	console_attach(&kept);

	enter_explorer(0);		/* returns once for each set */
	rand_seed(&r, x.set);
	if (x.workload->set_up != NULL)
		x.workload->set_up(&r);
	enter_explorer(0);		/* and here once for each schedule */
	x.workload->run();
	enter_explorer(0);
	return 0;			/* never */
}
