/*
 * program.c - a program as what each schedule runs: its main, from the first
 * statement to the end of the machine.
 *
 * The image of a program is linked with --wrap=main: the runtime calls
 * __wrap_main, and the program's own main is __real_main.
 */
#include "explore/explore.h"
#include "explore/races.h"
#include "include/antler.h"
#include "runtime/sched/sched.h"

int __real_main(void);
int __wrap_main(void);

/* Prepare a set: give the runtime other random numbers in each set, for a
 * select with several cases and for stealing.  Then wait until all harts but
 * the first sleep. */
static void
set_up(struct rand *r)
{
	for (uint32_t i = 0; i < nharts_online; i++)
		rand_seed(&((struct m *)harts[i])->rand, rand_u64(r));
	explore_settle();
}

static void
run_program(void)
{
	int status = __real_main();

	if (status == 0)
		explore_leaks();
	exit(status);
}

static const struct workload program SECTION(".workloads") ALIGNED(8) = {
	.name = "program", .about = "the program that was given as APP=",
	.set_up = set_up, .run = run_program, .is_program = true,
};

int
__wrap_main(void)
{
	return explore_is_wanted() ? explore_main() : __real_main();
}
