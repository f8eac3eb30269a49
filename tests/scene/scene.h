/*
 * scene.h - a race, told step by step.
 *
 * A scene forces one schedule with sync points, says on the console what
 * happens as it happens, and returns whether the world survived.  It runs on a
 * goroutine; `make scene NAME=...` runs one, the tour and the shell too, and
 * the tests run every scene.  With the scene's fault switched on (FAULT=name)
 * it must fail, every time: usually the machine ends in the panic it provokes.
 */
#pragma once

#include "include/antler.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct m;

struct scene {
	const char *name;
	const char *title;		/* one line: what is at stake */
	const char *fault;		/* the fault that breaks it, or NULL */
	uint32_t    min_harts;
	bool      (*play)(void);	/* true: all is well */
};

#define SCENE(name_, title_, fault_, harts_)                                \
	static bool scene_##name_(void);                                    \
	static const struct scene scene_reg_##name_ SECTION(".scenes")      \
	    ALIGNED(8) = { .name = #name_, .title = (title_),               \
		.fault = (fault_), .min_harts = (harts_),                   \
		.play = scene_##name_ };                                    \
	static bool scene_##name_(void)

/* ---- For scenes.  A text may have several lines; the stage indents them. */

/* What the audience must know: no number. */
void scene_note(const char *fmt, ...) PRINTF(1, 2);

/* Tell the next step: numbered, with the time since the scene began. */
void scene_say(const char *fmt, ...) PRINTF(1, 2);

/* A claim of the scene: tells it with ok or NOT OK, and returns it.  One that
 * does not hold makes the scene fail, whatever play returns. */
bool scene_claim(bool holds, const char *fmt, ...) PRINTF(2, 3);

/* What happened, in a line, for who did not watch. */
void scene_sum_up(const char *fmt, ...) PRINTF(1, 2);

/* This scene cannot be played now: play returns at once after this. */
void scene_skip(const char *fmt, ...) PRINTF(1, 2);

/* Start a goroutine on every hart and let each wait for all others, so that
 * every M has taken up a P since the call; false if that took too long. */
bool scene_every_hart_runs(void);

/* A goroutine that keeps its M and P busy, without a call of the runtime, from
 * scene_occupy, which returns when it runs, to scene_vacate, which does not
 * wait; the wait group has counted it.  One at a time. */
void scene_occupy(struct waitgroup *done);
void scene_vacate(void);

/* Wait, yielding, until all Ms but awake of them are on the idle list; false if
 * that took too long. */
bool scene_all_sleep_but(uint32_t awake);

/* Wait, without yielding, until the sync point has caught an M; NULL if that
 * took too long. */
struct m *scene_catch(const char *point);

/* Something that a goroutine does once. */
struct scene_deed {
	ATOMIC(uint32_t) done;
};
void scene_do(struct scene_deed *deed);

/* Wait, without yielding, until the deed is done: true; or until it is not and
 * all Ms but awake of them sleep, so that nobody is left to do it: false. */
bool scene_gets_done(struct scene_deed *deed, uint32_t awake);

/* ---- For who plays scenes, one at a time. ---- */

enum {
	SCENE_PASSED = 0, SCENE_FAILED = 1, SCENE_SKIPPED = 77, SCENE_NONE = -1,
};

/* Play the scene of that name: 0 passed, 1 failed, -1 there is none (says so
 * and lists them), 77 not enough harts. */
int  scene_play(const char *name);

/* The same without telling; but all of it, as comments of TAP, if it fails. */
int  scene_play_quietly(const char *name);

/* What scene_sum_up said in the last play; "" if nothing. */
const char *scene_summary(void);

void scene_list(void);
/* The i-th name, or NULL after the last. */
const char *scene_name(size_t i);
