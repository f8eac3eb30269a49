/*
 * test_misuse.c - what a program must not do is a panic of its goroutine, and
 * the machine goes on.
 *
 * Covers FOR_PROGRAMS (lib/compiler.h), fault.c, touch.c, and the checks of all
 * public functions; the calls themselves are in tests/preempt/misuse.c.  Links
 * the whole runtime.
 */
#include "include/antler.h"
#include "lib/str.h"
#include "runtime/sched.h"
#include "tests/preempt/misuse.h"
#include "tests/unit/crowd.h"

static void
expect_misuse(struct ktest *t, const struct misuse *m, void *bad)
{
	struct panic_info why = { .pc = 0 };

	if (try_call(m->fn, bad, &why))
		ktest_fail(t, __FILE__, __LINE__, "%s(%p): no panic", m->name,
		    bad);
	else if (strcmp(why.text, m->text) != 0)
		ktest_fail(t, __FILE__, __LINE__, "%s(%p): %s", m->name, bad,
		    why.text);
	EXPECT(t, this_g()->panics == NULL && this_strand()->defers == NULL);
	EXPECT(t, this_hart()->held == NULL);
}

static void
misuse_all(struct ktest *t, uint32_t i)
{
	for (uint32_t n = 0; n < nmisuses; n++) {
		const struct misuse *m = &misuses[(n + i) % nmisuses];

		expect_misuse(t, m, NULL);
		if (m->wild) {
			/* Not mapped; no address at all. */
			expect_misuse(t, m, (void *)0x40);
			expect_misuse(t, m, (void *)0x00ff00ff00ff0000);
		}
	}
}

KTEST(misuse, each_is_a_panic_of_the_goroutine_in_the_words_stated)
{
	misuse_init();
	misuse_all(t, 0);
}

KTEST(misuse, all_of_it_while_others_do_the_same_and_the_heap_is_collected)
{
	struct crowd crowd;

	misuse_init();
	crowd_init(&crowd, t, misuse_all);
	for (int i = 0; i < 8; i++)
		crowd_go(&crowd);
	for (int i = 0; i < 20; i++)
		gc_collect();
	crowd_wait(&crowd);
}
