/*
 * ktest_host.c - the test runner on the host, on threads.
 *
 *	build/host-tsan/test_runq [PATTERN [SEED [THREADS]]]
 *
 * The exit status is 0 if every test passed.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/console.h"
#include "lib/check.h"
#include "tests/host/perturb.h"
#include "tests/host/shim.h"
#include "tests/ktest_env.h"

enum { THREADS_MAX = 64 };

static uint32_t nthreads = 4;

void
env_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kvprintf(fmt, ap);
	va_end(ap);
}

static pthread_t
start_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, arg) != 0) {
		perror("pthread_create");
		exit(1);
	}
	return thread;
}

static void *
test_main(void *arg)
{
	struct ktest *t = arg;

	perturb_seed(t->seed);
	t->run(t);
	return NULL;
}

void
env_run(struct ktest *t)
{
	pthread_join(start_thread(test_main, t), NULL);
}

NORETURN void
env_leave(struct ktest *t)
{
	(void)t;
	pthread_exit(NULL);
}

void
env_after(struct ktest *t)
{
	(void)t;
}

uint32_t
env_nharts(void)
{
	return nthreads;
}

nanos_t
env_now(void)
{
	return clock_now();
}

struct crew {
	struct ktest      *t;
	void             (*fn)(struct ktest *t, uint32_t i);
	pthread_barrier_t *start;
	uint32_t           i;
};

static void *
crew_main(void *arg)
{
	struct crew *crew = arg;

	shim_set_hart_index(crew->i);
	perturb_seed(crew->t->seed + crew->i);
	pthread_barrier_wait(crew->start);
	crew->fn(crew->t, crew->i);
	return NULL;
}

void
ktest_on_every_hart(struct ktest *t, void (*fn)(struct ktest *t, uint32_t i))
{
	struct crew       crew[THREADS_MAX];
	pthread_t         thread[THREADS_MAX];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, nthreads);
	for (uint32_t i = 0; i < nthreads; i++) {
		crew[i] = (struct crew){ t, fn, &start, i };
		thread[i] = start_thread(crew_main, &crew[i]);
	}
	for (uint32_t i = 0; i < nthreads; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	if (argc > 3)
		nthreads = MIN((uint32_t)atoi(argv[3]), (uint32_t)THREADS_MAX);
	switch (ktest_run_all(argc > 1 ? argv[1] : "", seed)) {
	case 0:
		return 0;
	case KTEST_BAD_PATTERN:
		return 2;
	}
	return 1;
}
