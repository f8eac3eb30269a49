/*
 * crowd.c - see crowd.h.
 */
#include "tests/unit/crowd.h"

#include "lib/str.h"
#include "runtime/sched/g.h"

static void
member(void *arg)
{
	struct crowd *crowd = arg;
	/* relaxed: only uniqueness matters. */
	uint32_t      i = add_relaxed(&crowd->next, 1);

	crowd->fn(crowd->t, i);
	wg_done(&crowd->done);
}

void
crowd_init(struct crowd *crowd, struct ktest *t,
    void (*fn)(struct ktest *t, uint32_t i))
{
	*crowd = (struct crowd){ .t = t, .fn = fn };
}

void
crowd_go(struct crowd *crowd)
{
	wg_add(&crowd->done, 1);
	go_named("crowd", member, crowd);
}

void
crowd_wait(struct crowd *crowd)
{
	wg_wait(&crowd->done);
}

void
crowd_run(struct ktest *t, uint32_t n, void (*fn)(struct ktest *t, uint32_t i))
{
	struct crowd crowd;

	crowd_init(&crowd, t, fn);
	for (uint32_t i = 0; i < n; i++)
		crowd_go(&crowd);
	crowd_wait(&crowd);
}

bool
gate_hold(struct ktest *t, struct gate *gate, uint32_t n)
{
	nanos_t give_up = now_ns() + PATIENCE_NS;

	/* acq_rel and acquire: a goroutine or hart that leaves the gate sees
	 * what those that arrived before did. */
	add_acq_rel(&gate->n, 1);
	while (load_acquire(&gate->n) < n) {
		if (now_ns() > give_up || ktest_failed(t)) {
			ktest_fail(t, __FILE__, __LINE__,
			    "only %u of %u have met",
			    load_acquire(&gate->n), n);
			return false;
		}
		cpu_relax();
	}
	return true;
}

void
hold_ns(nanos_t ns)
{
	nanos_t end = now_ns() + ns;

	while (now_ns() < end)
		cpu_relax();
}

/* Overwrite n KiB below the caller's frame. */
static NOINLINE void
wipe_kib(unsigned n)
{
	char junk[KIB];

	memset(junk, 0, sizeof(junk));
	if (n > 1)
		wipe_kib(n - 1);
	__asm__ volatile("" : : "r"(junk) : "memory");
}

void
wipe_stack(void)
{
	wipe_kib(8);
}

bool
is_parked(struct g *gp)
{
	return g_status(gp) == G_WAITING;
}
