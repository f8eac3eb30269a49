/*
 * workload.c - the list of workloads, and what they share.
 */
#include "explore/explore.h"
#include "lib/str.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"

/* linker.ld */
extern const struct workload __workloads_start[], __workloads_end[];

const struct workload *
workload_at(size_t i)
{
	return __workloads_start + i < __workloads_end ?
	    &__workloads_start[i] : NULL;
}

const struct workload *
workload_find(const char *name)
{
	for (const struct workload *w = __workloads_start; w < __workloads_end;
	    w++)
		if (strcmp(w->name, name) == 0)
			return w;
	return NULL;
}

/* Return whether all virtual harts but this one sleep, with nothing pending. */
static bool
others_sleep(void)
{
	const struct virtual_world *w = &virtual_world;

	for (uint32_t i = 0; i < w->n; i++)
		if (i != w->current && (!w->harts[i].asleep ||
		    w->harts[i].soft || w->harts[i].deadline <= w->now))
			return false;
	return true;
}

/* For how many rounds explore_settle waits. */
enum { SETTLE = 100000 };

void
explore_settle(void)
{
	for (uint32_t i = 0; i < SETTLE && !others_sleep(); i++)
		cpu_relax();
}

/* Check IDLE-1, as the goroutine that computes sees it.  The reads are plain:
 * the other harts sleep, and a point in here would let them go on. */
static void
check_work_is_conserved(void)
{
	bool work = sched.globq.n != 0;

	for (size_t i = 0; i < allp.len && !work; i++) {
		const struct p *p = allp.ptr[i];

		work = p->runnext.v_ != NULL ||
		    p->runq.head.v_ < p->runq.tail.v_;
	}
	if (work && sched.npidle.v_ != 0 && sched.nmidle.v_ != 0 &&
	    sched.nmspinning.v_ == 0)
		explore_fail("IDLE-1: a goroutine is runnable, %u Ps and %u Ms "
		    "are idle, and none looks for work", sched.npidle.v_,
		    sched.nmidle.v_);
}

void
explore_compute(uint32_t n, const struct explore_flag *done)
{
	while (n-- > 0 && (done == NULL || done->set.v_ == 0)) {
		cpu_relax();	/* a call: done is read anew */
		if (others_sleep())
			check_work_is_conserved();
	}
}
