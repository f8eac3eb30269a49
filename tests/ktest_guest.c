/*
 * ktest_guest.c - the test runner in the guest, on goroutines.
 *
 * A test runs on a goroutine of its own, after a full collection and with as
 * many Ps as harts.  When the test has returned, all goroutines that it started
 * must end soon; the runner only waits until there are as few as before.
 */
#include <stdarg.h>

#include "include/antler.h"
#include "kernel/console.h"
#include "lib/check.h"
#include "tests/ktest_env.h"

/* How long goroutines may take to exit after the test that started them. */
#define LEAK_NS (5 * NS_PER_S)

static struct waitgroup test_done;
static struct g        *test_g;
static uint64_t         goroutines_before;

void
env_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvprintf(fmt, ap);
	va_end(ap);
}

static void
test_main(void *arg)
{
	struct ktest *t = arg;

	test_g = self();
	t->run(t);
	wg_done(&test_done);
}

void
env_run(struct ktest *t)
{
	gc_collect();
	gomaxprocs(num_hart());
	goroutines_before = num_goroutine();
	wg_add(&test_done, 1);
	go_named(t->name, test_main, t);
	wg_wait(&test_done);
}

NORETURN void
env_leave(struct ktest *t)
{
	if (self() != test_g)
		panic("ktest: %s.%s: skipped by a goroutine it started",
		    t->suite, t->name);
	wg_done(&test_done);
	goexit();
}

void
env_after(struct ktest *t)
{
	nanos_t  deadline = now_ns() + LEAK_NS;
	uint64_t now;

	gomaxprocs(num_hart());
	while ((now = num_goroutine()) > goroutines_before &&
	    now_ns() < deadline)
		yield();
	if (now > goroutines_before)
		ktest_fail(t, t->suite, 0, "leaves %lu goroutines behind",
		    (unsigned long)(now - goroutines_before));
}

uint32_t
env_nharts(void)
{
	return (uint32_t)num_hart();
}

nanos_t
env_now(void)
{
	return now_ns();
}

/* What the goroutines of one ktest_on_every_hart share. */
struct crew {
	struct ktest    *t;
	void           (*fn)(struct ktest *t, uint32_t i);
	ATOMIC(uint32_t) next;		/* the number of the next to arrive */
	uint32_t         n;
	struct waitgroup done;
};

/*
 * No goroutine starts before all have arrived, and none yields while it waits.
 * So at that moment each is on a hart of its own.
 */
static void
crew_main(void *arg)
{
	struct crew *crew = arg;
	/* relaxed: a rendezvous in time only; go() and the waitgroup order
	 * everything else. */
	uint32_t     i = add_relaxed(&crew->next, 1);

	while (load_relaxed(&crew->next) < crew->n)
		cpu_relax();
	crew->fn(crew->t, i);
	wg_done(&crew->done);
}

void
ktest_on_every_hart(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i))
{
	struct crew crew = { .t = t, .fn = fn };
	int         procs = gomaxprocs(0);

	crew.n = (uint32_t)MIN(procs, num_hart());
	wg_add(&crew.done, (int)crew.n);
	for (uint32_t i = 0; i < crew.n; i++)
		go_named("crew", crew_main, &crew);
	wg_wait(&crew.done);
}
