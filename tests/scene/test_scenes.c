/*
 * test_scenes.c - every scene as a test: with the fix, the world survives it.
 *
 * That each scene fails without its fix is for tests outside of the guest to
 * show, because the machine ends then.
 */
#include "tests/ktest.h"
#include "tests/scene/scene.h"

/* So many plays that a schedule which is merely likely would show. */
enum { PLAYS = 20 };

static void
play_often(struct ktest *t, const char *name)
{
	for (int i = 0; i < PLAYS && !ktest_failed(t); i++) {
		int result = scene_play_quietly(name);

		if (result == SCENE_SKIPPED)
			ktest_skip(t, "the scene cannot be played here");
		EXPECT_EQ(t, result, SCENE_PASSED);
	}
}

KTEST_ON(scene, allp_snapshot_survives_each_time, 2)
{
	play_often(t, "allp_snapshot");
}

KTEST_ON(scene, needspinning_survives_each_time, 2)
{
	play_often(t, "needspinning");
}

KTEST_ON(scene, inject_wake_survives_each_time, 3)
{
	play_often(t, "inject_wake");
}
