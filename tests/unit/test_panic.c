/*
 * test_panic.c - go_panic, recover, try_call.
 *
 * Covers gopanic.c, and what it uses of unwind.c and resume.S.  Links the whole
 * runtime.  The output of a panic that is not recovered from is tested in
 * tests/transcripts.
 */
#include "gc/gc.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/preempt/faults.h"
#include "tests/unit/crowd.h"

static void
panic_with(void *arg)
{
	go_panic("%s", (const char *)arg);
}

/* A volatile pointer, so that the compiler does not see that the call
 * panics. */
static void (*volatile fail)(void *) = panic_with;

/* The last panic that see() recovered from, and how many there were. */
static struct panic_info seen;
static uint32_t          nseen;

static void
see(void *unused)
{
	const struct panic_info *info = recover();

	(void)unused;
	if (info == NULL)
		return;
	seen = *info;
	nseen++;
}

static bool
saw(const char *text)
{
	return strcmp(seen.text, text) == 0;
}

static void
reset(void)
{
	memset(&seen, 0, sizeof(seen));
	nseen = 0;
}

KTEST(panic, try_call_tells_what_went_wrong)
{
	struct panic_info why;
	static int value;

	EXPECT(t, !try_call(panic_with, "one", &why));
	EXPECT(t, strcmp(why.text, "one") == 0);
	EXPECT(t, why.value == NULL && why.cause == NULL);
	EXPECT(t, why.pc > (uintptr_t)panic_with &&
	    why.pc < (uintptr_t)panic_with + 100);
	EXPECT(t, !try_call(panic_with, "two", NULL));
	EXPECT(t, try_call(see, &value, &why));
	EXPECT(t, recover() == NULL);
	EXPECT(t, this_g()->panics == NULL && this_strand()->defers == NULL);
}

static void
panic_with_value(void *arg)
{
	go_panic_value(arg, "a value");
}

KTEST(panic, the_panic_value_goes_to_the_recovering_function)
{
	struct panic_info why;
	int value;

	EXPECT(t, !try_call(panic_with_value, &value, &why));
	EXPECT(t, why.value == &value);
}

/* ---- a function that recovers ---- */

static void
count_up(void *n)
{
	++*(int *)n;
}

static void
recover_here(int *before, int *after, int *rest)
{
	defer(count_up, rest);
	defer(see, NULL);
	defer(count_up, rest);
	++*before;
	panic_with("here");
	++*after;
}

/* This is small, static and called once, so the compiler would inline it if it
 * were free to. */
static void
recover_small(void)
{
	defer(see, NULL);
	fail("small");
}

static NOINLINE void
call_who_recovers(bool *went_on)
{
	recover_small();
	*went_on = true;
}

KTEST(panic, a_recovering_function_is_never_inlined_into_its_caller)
{
	bool went_on = false;

	call_who_recovers(&went_on);
	EXPECT(t, went_on);
}

/* Functions of several types that end in a panic.  The compiler must not take
 * them for functions that never return: it would leave out the code behind a
 * call. */
struct wide {
	uint64_t words[5];
};

static NOINLINE int
recover_int(void)
{
	defer(see, NULL);
	go_panic("int");
}

static NOINLINE double
recover_double(void)
{
	antler_defer(see, NULL);
	go_panic("double");
}

static NOINLINE struct wide
recover_wide(void)
{
	defer(see, NULL);
	go_panic("wide");
}

static NOINLINE void
call_recoverers(int *went_on)
{
	(void)recover_int();
	++*went_on;
	(void)recover_double();
	++*went_on;
	(void)recover_wide();
	++*went_on;
}

KTEST(panic, function_of_any_type_that_recovers_returns_to_its_caller)
{
	int went_on = 0;

	call_recoverers(&went_on);
	EXPECT_EQ(t, went_on, 3);
}

KTEST(panic, a_recovering_function_returns_after_its_other_deferred_calls)
{
	int before = 0, after = 0, rest = 0;

	reset();
	recover_here(&before, &after, &rest);
	EXPECT_EQ(t, before, 1);
	EXPECT_EQ(t, after, 0);
	EXPECT_EQ(t, rest, 2);
	EXPECT_EQ(t, nseen, 1);
	EXPECT(t, saw("here"));
	EXPECT(t, this_g()->panics == NULL && this_strand()->defers == NULL);
}

static long
descend(uint32_t depth)
{
	volatile char filling[40];

	filling[0] = (char)depth;
	if (depth == 0) {
		fail("deep");
		return 0;
	}
	return descend(depth - 1) + filling[0];
}

static void
descend_from(void *depth)
{
	descend(*(uint32_t *)depth);
}

KTEST(panic, a_panic_unwinds_deep_stacks)
{
	for (uint32_t depth = 0; depth < 300; depth += 50) {
		struct panic_info why;

		EXPECT(t, !try_call(descend_from, &depth, &why));
		EXPECT(t, strcmp(why.text, "deep") == 0);
	}
}

/* ---- registers ---- */

enum { NINT = 12, NFP = 12 };

/*
 * Fill s1-s11 and fs0-fs11 with values, call fn(arg), and store in out what the
 * registers hold afterwards.
 */
static NOINLINE void
call_with_registers(void (*fn)(void *), void *arg, uint64_t out[NINT + NFP])
{
	register void (*fn_)(void *) __asm__("t1") = fn;
	register void *arg_ __asm__("a0") = arg;
	register uint64_t *out_ __asm__("t2") = out;

	__asm__ volatile(
	    "addi	sp, sp, -16\n"
	    "sd	%2, 0(sp)\n"
#define SET(n, v) "li s" #n ", " #v "\n" \
	    "li t0, " #v " + 64\n fmv.d.x fs" #n ", t0\n"
	    "li t0, 64\n fmv.d.x fs0, t0\n"
	    SET(1, 1) SET(2, 2) SET(3, 3) SET(4, 4) SET(5, 5) SET(6, 6)
	    SET(7, 7) SET(8, 8) SET(9, 9) SET(10, 10) SET(11, 11)
#undef SET
	    "jalr	%0\n"
	    "ld	%2, 0(sp)\n"
	    "addi	sp, sp, 16\n"
#define GET(n) "sd s" #n ", 8 * " #n "(%2)\n" \
	    "fsd fs" #n ", 96 + 8 * " #n "(%2)\n"
	    "sd	zero, 0(%2)\n fsd fs0, 96(%2)\n"
	    GET(1) GET(2) GET(3) GET(4) GET(5) GET(6) GET(7) GET(8) GET(9)
	    GET(10) GET(11)
#undef GET
	    : "+r"(fn_), "+r"(arg_), "+r"(out_)
	    :
	    : "ra", "t0", "t3", "t4", "t5", "t6", "a1", "a2", "a3", "a4",
	      "a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
	      "s8", "s9", "s10", "s11", "ft0", "ft1", "ft2", "ft3", "ft4",
	      "ft5", "ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1",
	      "fa2", "fa3", "fa4", "fa5", "fa6", "fa7", "fs0", "fs1", "fs2",
	      "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11",
	      "memory");
}

/* Save all these registers, overwrite them, and fail: then only the call-frame
 * information tells where their values are. */
static NOINLINE void
spoil_registers(void *arg)
{
	SPOIL_SAVED_REGISTERS();
	panic_with(arg);
	__asm__ volatile("" : : : "memory");
}

static NOINLINE void
spoil_and_recover(void *text)
{
	defer(see, NULL);
	spoil_registers(text);
}

static void
expect_registers(struct ktest *t, const uint64_t r[NINT + NFP])
{
	for (uint32_t i = 0; i < NINT; i++)
		EXPECT_EQ(t, r[i], i);
	for (uint32_t i = 0; i < NFP; i++)
		EXPECT_EQ(t, r[NINT + i], 64 + i);
}

KTEST(panic, registers_that_survive_a_call_survive_a_recovery)
{
	uint64_t r[NINT + NFP];

	reset();
	call_with_registers(spoil_and_recover, "spoilt", r);
	expect_registers(t, r);
	EXPECT_EQ(t, nseen, 1);
}

static void
recover_elsewhere(void *unused)
{
	/* Other goroutines write floating-point registers meanwhile. */
	for (int i = 0; i < 10; i++)
		yield();
	see(unused);
}

static NOINLINE void
fault_and_recover(void *addr)
{
	defer(recover_elsewhere, NULL);
	fault_spoiling(addr);
}

static void
fault_with_registers(struct ktest *t, uint32_t i)
{
	uint64_t r[NINT + NFP];

	(void)i;
	call_with_registers(fault_and_recover, (void *)8, r);
	expect_registers(t, r);
}

KTEST(panic, registers_survive_the_recovery_from_a_fault)
{
	reset();
	crowd_run(t, 20, fault_with_registers);
	EXPECT(t, seen.addr == 8);
}

/* ---- faults ---- */

static void
expect_fault(struct ktest *t, const struct wrong *w, uintptr_t addr)
{
	static const char prefix[] = "runtime error: ";
	const size_t len = sizeof(prefix) - 1;
	struct panic_info why = { .pc = 0 };

	if (!EXPECT(t, !try_call(w->fn, (void *)addr, &why)))
		return;
	if (!EXPECT(t, strncmp(why.text, prefix, len) == 0) ||
	    !EXPECT(t, w->text == NULL || strcmp(why.text + len, w->text) == 0))
		ktest_fail(t, __FILE__, __LINE__, "%s: %s", w->name, why.text);
	EXPECT(t, why.cause != NULL);
	if (w->has_addr)
		EXPECT_EQ(t, why.addr, addr);
	EXPECT(t, this_g()->panics == NULL && this_strand()->defers == NULL);
}

KTEST(panic, faults_of_programs_can_be_recovered_from)
{
	for (uint32_t i = 0; i < nwrongs; i++) {
		if (!wrongs[i].takes_nil)
			expect_fault(t, &wrongs[i], 0);
		expect_fault(t, &wrongs[i], 16);
		expect_fault(t, &wrongs[i], 0xdead0000dead0000);
	}
}

static void
fault_often(struct ktest *t, uint32_t i)
{
	for (uint32_t n = 0; n < 100; n++)
		expect_fault(t, &wrongs[(i + n) % nwrongs], 8 * i + 8);
}

KTEST(panic, faults_on_all_harts_at_once_can_be_recovered_from)
{
	crowd_run(t, 20, fault_often);
}

/* ---- several at once ---- */

static void
panic_anew(void *text)
{
	go_panic("%s", (const char *)text);
}

static void
panic_twice(void *unused)
{
	(void)unused;
	defer(panic_anew, "second");
	go_panic("first");
}

KTEST(panic, a_panic_in_a_deferred_call_replaces_the_first)
{
	struct panic_info why;

	EXPECT(t, !try_call(panic_twice, NULL, &why));
	EXPECT(t, strcmp(why.text, "second") == 0);
	EXPECT(t, this_g()->panics == NULL);
}

static void
recover_and_panic(void *text)
{
	see(NULL);
	go_panic("%s", (const char *)text);
}

static void
panic_again(void *unused)
{
	(void)unused;
	defer(recover_and_panic, "again");
	go_panic("once");
}

KTEST(panic, a_panic_may_follow_a_recovery)
{
	struct panic_info why;

	reset();
	EXPECT(t, !try_call(panic_again, NULL, &why));
	EXPECT(t, saw("once"));
	EXPECT(t, strcmp(why.text, "again") == 0);
}

static void
recover_inside(void *inner)
{
	struct panic_info why;

	/* try_call must tell a call that does not panic, and also one that
	 * does, from the panic around them. */
	*(bool *)inner = try_call(count_up, &(int){ 0 }, &why) &&
	    !try_call(panic_with, "inner", &why) &&
	    strcmp(why.text, "inner") == 0;
}

static void
panic_around(void *inner)
{
	defer(recover_inside, inner);
	go_panic("outer");
}

KTEST(panic, a_panic_that_ends_inside_a_deferred_call_leaves_the_outer_one)
{
	struct panic_info why;
	bool inner = false;

	EXPECT(t, !try_call(panic_around, &inner, &why));
	EXPECT(t, inner);
	EXPECT(t, strcmp(why.text, "outer") == 0);
}

static void
panic_in_ending_block(void *unused)
{
	(void)unused;
	{
		defer(panic_anew, "at the end");
	}
	go_panic("never here");
}

KTEST(panic, a_deferred_call_that_a_block_ran_is_not_run_again)	/* DEFER-2 */
{
	struct panic_info why;

	EXPECT(t, !try_call(panic_in_ending_block, NULL, &why));
	EXPECT(t, strcmp(why.text, "at the end") == 0);
	EXPECT(t, this_strand()->defers == NULL);
}

static void
recover_twice(void *second)
{
	see(NULL);
	*(bool *)second = recover() != NULL;
}

static void
panic_and_recover_twice(bool *second)
{
	defer(recover_twice, second);
	go_panic("once only");
}

KTEST(panic, a_panic_is_recovered_from_once)
{
	bool second = true;

	reset();
	panic_and_recover_twice(&second);
	EXPECT(t, saw("once only") && !second);
}

/* ---- with goexit ---- */

struct exiting {
	struct ktest    *t;
	struct waitgroup done;
	bool             went_on;
	bool             had_panic;
	int              ran;
};

static void
finish(void *arg)
{
	struct exiting *e = arg;

	e->had_panic = recover() != NULL;
	wg_done(&e->done);
}

static void
exit_now(void *unused)
{
	(void)unused;
	goexit();
}

static void
exit_recovered(struct exiting *e)
{
	defer(see, NULL);
	defer(panic_anew, "while leaving");
	defer(count_up, &e->ran);
	goexit();
}

static void
run_exit_recovered(void *arg)
{
	struct exiting *e = arg;

	defer(finish, e);
	exit_recovered(e);
	e->went_on = true;
}

KTEST(panic, a_goexit_goes_on_after_a_panic_that_was_recovered_from)
{
	struct exiting e = { .t = t };

	reset();
	wg_add(&e.done, 1);
	go(run_exit_recovered, &e);
	wg_wait(&e.done);
	EXPECT(t, saw("while leaving"));
	EXPECT(t, !e.went_on && !e.had_panic);
	EXPECT_EQ(t, e.ran, 1);
}

static void
run_exit_in_panic(void *arg)
{
	struct exiting *e = arg;

	defer(finish, e);
	defer(exit_now, NULL);
	go_panic("forgotten");
}

KTEST(panic, a_panic_is_forgotten_if_a_deferred_call_leaves)
{
	struct exiting e = { .t = t, .had_panic = true };

	wg_add(&e.done, 1);
	go(run_exit_in_panic, &e);
	wg_wait(&e.done);
	EXPECT(t, !e.had_panic);
}

/* ---- many, with the world moving underneath ---- */

enum { NCROWD = 40, ROUNDS = 250 };

static ATOMIC(uint32_t) recovered;

static void
recover_and_count(void *value)
{
	const struct panic_info *info = recover();

	if (info != NULL && info->value == value)
		/* relaxed: read after the crowd is done. */
		add_relaxed(&recovered, 1);
}

static void
allocate_and_panic(void *value)
{
	void *p = gc_new_bytes(100);

	yield();
	go_panic_value(value, "%p", p);
}

static void (*volatile fail_with_value)(void *) = allocate_and_panic;

static NOINLINE uint64_t
panic_below(uint64_t a, uint64_t depth)
{
	volatile uint64_t keep = a;

	if (depth == 0) {
		fail_with_value((void *)a);
		return 0;
	}
	return panic_below(a + 1, depth - 1) + keep;
}

static NOINLINE void
panic_and_count(uint64_t a, uint64_t depth)
{
	defer(recover_and_count, (void *)(a + depth));
	panic_below(a, depth);
}

static void
panic_often(struct ktest *t, uint32_t i)
{
	double sum = i;

	for (uint32_t n = 0; n < ROUNDS; n++) {
		panic_and_count(i * ROUNDS + n + 1, n % 20);
		sum += 0.5;
		if (n % 32 == 0)
			yield();
	}
	EXPECT(t, sum == i + ROUNDS / 2.0);
}

static void
stir(struct ktest *t, uint32_t i)
{
	if (i > 0) {
		panic_often(t, i);
		return;
	}
	/* relaxed: only ends the loop. */
	for (int n = 1; load_relaxed(&recovered) < (NCROWD - 1) * ROUNDS; n++) {
		gomaxprocs(1 + n % 4);
		if (n % 8 == 0)
			gc_collect();
		yield();
	}
	gomaxprocs(num_hart());
}

KTEST(panic, ten_thousand_goroutines_recover_beside_stops_of_the_world)
{
	store_relaxed(&recovered, 0);
	crowd_run(t, NCROWD, stir);
	EXPECT_EQ(t, load_relaxed(&recovered), (NCROWD - 1) * ROUNDS);
}
