/*
 * scene.h - a race, told step by step.
 *
 * A scene forces one schedule with sync points, says on the console what
 * happens as it happens, and returns whether the world survived.  It runs on a
 * goroutine.  `make scene NAME=...` plays one scene, the tour and the shell
 * play scenes, too, and the tests play every scene.  With its fault switched on
 * (FAULT=name) a scene must fail, every time: usually the machine ends in the
 * panic that the scene provokes.
 */
#pragma once

#include "include/antler.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct m;

struct scene {
	const char *name;
	const char *title;		/* in one line, what is at stake */
	const char *fault;		/* the fault that breaks it, or NULL */
	uint32_t    min_harts;
	bool      (*play)(void);	/* returns true if all is well */
};

#define SCENE(name_, title_, fault_, harts_)                                \
	static bool scene_##name_(void);                                    \
	static const struct scene scene_reg_##name_ SECTION(".scenes")      \
	    ALIGNED(8) = { .name = #name_, .title = (title_),               \
		.fault = (fault_), .min_harts = (harts_),                   \
		.play = scene_##name_ };                                    \
	static bool scene_##name_(void)

/* ---- For scenes.  A text may have several lines; the stage indents them. */

/* Print, without a number, what the audience must know. */
void scene_note(const char *fmt, ...) PRINTF(1, 2);

/* Tell the next step, with its number and the time since the scene began. */
void scene_say(const char *fmt, ...) PRINTF(1, 2);

/* Make a claim: tell it with ok or NOT OK, and return holds.  A claim that does
 * not hold makes the scene fail, whatever play returns. */
bool scene_claim(bool holds, const char *fmt, ...) PRINTF(2, 3);

/* Say in one line what happened, for an audience that did not watch. */
void scene_sum_up(const char *fmt, ...) PRINTF(1, 2);

/* Say that this scene cannot be played now.  Play returns at once after
 * this. */
void scene_skip(const char *fmt, ...) PRINTF(1, 2);

/* Start a goroutine on every hart and let each wait for all others, so that
 * every M has taken up a P since the call.  Returns false if that took too
 * long. */
bool scene_every_hart_runs(void);

/* Keep one M and its P busy with a goroutine that does not call the runtime.
 * scene_occupy starts the goroutine and returns when it runs; done has counted
 * the goroutine already.  scene_vacate tells it to end and does not wait.
 * One such goroutine at a time. */
void scene_occupy(struct waitgroup *done);
void scene_vacate(void);

/* Wait, yielding, until all Ms but awake of them are on the idle list.  Returns
 * false if that took too long. */
bool scene_all_sleep_but(uint32_t awake);

/* Wait, without yielding, until the sync point has caught an M.  Returns that
 * M, or NULL if it took too long. */
struct m *scene_catch(const char *point);

/* Something that a goroutine does once, by scene_do. */
struct scene_deed {
	ATOMIC(uint32_t) done;
};
void scene_do(struct scene_deed *deed);

/* Wait, without yielding, until the deed is done, and return true.  Returns
 * false if the deed is not done and all Ms but awake of them sleep, so that no
 * M is left to do it. */
bool scene_gets_done(struct scene_deed *deed, uint32_t awake);

/* ---- For callers that play scenes, one at a time. ---- */

enum {
	SCENE_PASSED = 0, SCENE_FAILED = 1, SCENE_SKIPPED = 77, SCENE_NONE = -1,
};

/* Play the scene of that name.  Returns one of the above: SCENE_SKIPPED if
 * there are not enough harts or the scene said so, SCENE_NONE, after listing
 * the scenes, if no scene has that name. */
int  scene_play(const char *name);

/* Play a scene without telling it.  If the scene fails, print all that it told
 * as comments of TAP. */
int  scene_play_quietly(const char *name);

/* Returns what scene_sum_up said in the last play, or "" if nothing. */
const char *scene_summary(void);

void scene_list(void);
/* Returns the name of the i-th scene, or NULL after the last. */
const char *scene_name(size_t i);
