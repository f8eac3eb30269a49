/*
 * start.c - from a booted hart to main().
 */
#include "runtime/api/start.h"

#include "gc/gc.h"
#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "lib/check.h"
#include "lib/str.h"
#include "runtime/chan/timer.h"
#include "runtime/collect/gc_host.h"
#include "runtime/fail/dump.h"
#include "runtime/fail/fault.h"
#include "runtime/inspect/quit.h"
#include "runtime/io/tty.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/procresize.h"
#include "runtime/sched/sched.h"
#include "runtime/stack/gstack.h"
#include "runtime/stack/gstack_trim.h"

/* The main of the program. */
int main(void);

static uint32_t boot_procs;	/* GOMAXPROCS=; 0: one P per online hart */

static bool
parse_gomaxprocs(const char *value)
{
	unsigned long n;

	if (!str_to_u64(value, &n) || n < 1 || n > PROCS_MAX)
		return false;
	boot_procs = (uint32_t)n;
	return true;
}
BOOTARG(gomaxprocs, "GOMAXPROCS", "N  Ps at the start, 1 to 1024 "
    "(default: one per hart)", parse_gomaxprocs);

static nanos_t schedtrace;	/* GODEBUG=schedtrace=ms; 0: off */

/* Set the option key of the scheduler or of the collector to value.  Returns
 * false if there is no such option, or the value is out of range. */
static bool
parse_debug_option(const char *key, const char *value)
{
	unsigned long ms;

	if (strcmp(key, "stackstash") == 0 && str_to_u64(value, &ms) &&
	    ms <= GSTACK_STASH_ALL) {
		/* relaxed: no goroutine runs yet. */
		store_relaxed(&gstack_params.stash, (uint32_t)ms);
		return true;
	}
	if (strcmp(key, "schedtrace") != 0)
		return gc_debug_option(key, value);
	if (!str_to_u64(value, &ms) || ms > 1000000)
		return false;
	schedtrace = (nanos_t)ms * NS_PER_MS;
	return true;
}

/* Parse Go's GODEBUG: a list of key=value, separated by commas. */
static bool
parse_godebug(const char *value)
{
	char word[64];

	while (*value != '\0') {
		size_t len = 0;
		char *eq;

		while (value[len] != '\0' && value[len] != ',')
			len++;
		if (len >= sizeof(word))
			return false;
		memcpy(word, value, len);
		word[len] = '\0';
		eq = strchr(word, '=');
		if (eq == NULL)
			return false;
		*eq = '\0';
		if (!parse_debug_option(word, eq + 1))
			return false;
		value += value[len] == ',' ? len + 1 : len;
	}
	return true;
}
BOOTARG(godebug, "GODEBUG", "KEY=N,...  gctrace=1 and others",
    parse_godebug);

static void
trace_forever(void *unused)
{
	(void)unused;
	for (;;) {
		sleep_ns(schedtrace);
		console_hold();
		dump_sched(kprintf);
		console_release();
	}
}

struct hart *
m_alloc(uint32_t index)
{
	size_t room = tls_size() > 0 ? TLS_OFFSET + tls_size() :
	    sizeof(struct g);
	struct m *m = perm_alloc(offsetof(struct m, g0) + room, CACHE_LINE,
	    "an M");

	/* What blocking_call runs may use the variables of g0. */
	tls_reset(&m->g0.strand);
	m->hart.index = index;
	m->hart.g0 = &m->g0.strand;
	m->g0.strand.hart = &m->hart;
	m->g0.is_g0 = true;
	m->g0.name = "g0";
	note_init(&m->note, &m->hart);
	return &m->hart;
}

/* The function at which g0 begins each time that a goroutine switches to g0 as
 * it would to any other strand. */
static void
schedule_on_g0(void)
{
	schedule_slow(this_m());
}

/* Do what every M does first, on its g0. */
static void
m_begin(struct m *m)
{
	m->g0.strand.ctx.ra = (uintptr_t)schedule_on_g0;
	m->g0.strand.ctx.sp = m->g0.strand.stack_hi;
	tick_init(&m->tick);
	rand_seed(&m->rand, m->hart.id + panic_seed * HART_MAX);
	gstack_refill(m);
	irq_on();
}

NORETURN void
m_main(struct hart *hart)
{
	m_begin((struct m *)hart);
	schedule_slow((struct m *)hart);
	__builtin_unreachable();
}

/* The function of goroutine 1. */
static void
run_main(void *unused)
{
	(void)unused;
	tty_open();
	if (schedtrace > 0)
		spawn("schedtrace", trace_forever, NULL, true, NO_CREATOR);
	gomaxprocs((int)(boot_procs != 0 ? boot_procs : nharts_online));
	exit(main());
}

NORETURN void
runtime_start(void)
{
	struct m *m = this_m();

	trap_hooks.fault = fault_handle;
	trap_hooks.timer = tick_interrupt;
	trap_hooks.ipi = quit_ipi;
	trap_hooks.leave = preempt_leave;
	tick_hooks.interrupt = tty_tick;
	tick_hooks.duty = gc_duty;
	dump_install_panic_hooks();
	gstack_init();
	allg_init();
	tls_init();
	m_begin(m);
	world_init();
	gc_init(&runtime_gc_host);
	procresize_boot(m);
	tty_init();
	sched.nms = nharts_online;
	sched.start_ns = clock_now();
	if (spawn("main", run_main, NULL, false, NO_CREATOR) == NULL)
		panic("boot: no memory for the main goroutine");
	gc_host_start();
	after_func_start();
	/* relaxed: the queues publish the goroutines. */
	store_relaxed(&sched.started, 1);
	schedule_slow(m);
	__builtin_unreachable();
}
