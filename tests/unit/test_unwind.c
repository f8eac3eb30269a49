/*
 * test_unwind.c - kernel/unwind.c and kernel/symbols.c: a backtrace names the
 * true callers, with the registers that they had.
 */
#include "kernel/panic.h"
#include "kernel/symbols.h"
#include "kernel/unwind.h"
#include "lib/str.h"
#include "runtime/sched/sched.h"
#include "tests/ktest.h"

enum { DEPTH_MAX = 64, REG_SP = 2 };

/* What a walk from the innermost function saw. */
struct chain {
	uint32_t  n;
	uintptr_t pc[DEPTH_MAX];
	uintptr_t sp[DEPTH_MAX];
};

/* The compiler cannot know a value that comes from secret, and must keep what
 * goes into result.  Without them it would make jumps of the calls. */
static uint64_t volatile secret = 3, result;

static const char *
name_at(const struct chain *c, uint32_t i)
{
	const char *name = i < c->n ? symbol_name(c->pc[i] - 1, NULL) : NULL;

	return name != NULL ? name : "";
}

/* Walk from the caller of this function to the outermost frame. */
NOINLINE static void
walk_here(struct chain *out)
{
	struct trapframe    regs;
	struct unwind_frame f;
	struct strand      *me = this_strand();

	capture_frame(&regs);
	f.pc = regs.pc;
	f.is_call = true;
	memcpy(f.x, regs.x, sizeof(f.x));
	out->n = 0;
	while (out->n < DEPTH_MAX &&
	    unwind_step(&f, me->stack_lo, me->stack_hi)) {
		out->pc[out->n] = f.pc;
		out->sp[out->n++] = f.x[REG_SP];
	}
}

NOINLINE static uint64_t
unwind_leaf(struct chain *c, uint64_t x)
{
	walk_here(c);
	return x * secret;
}

/* The frame has a volatile array, which the compiler cannot leave out. */
NOINLINE static uint64_t
unwind_big_frame(struct chain *c, uint64_t x)
{
	uint64_t volatile area[360];

	area[x] = unwind_leaf(c, x + 1);
	return area[x] + secret;
}

/* The size of the frame is not known before the function runs, so the CFA is
 * relative to s0. */
NOINLINE static uint64_t
unwind_alloca(struct chain *c, uint64_t x)
{
	uint64_t volatile *area = __builtin_alloca(8 * (x + secret));

	area[x] = unwind_big_frame(c, x + 1);
	return area[x] + secret;
}

/* Many values live across the call, so they are in registers that the callees
 * save. */
NOINLINE static uint64_t
unwind_many_saved(struct chain *c, uint64_t x)
{
	uint64_t a = secret, b = a * x, d = b ^ secret, e = d + secret;
	uint64_t f = e * secret, g = f ^ a, h = g + b, i = h * d, j = i ^ e;
	uint64_t r = unwind_alloca(c, x);

	return a + b * 3 + d * 5 + e * 7 + f * 11 + g * 13 + h * 17 + i * 19 +
	    j * 23 + r;
}

/* The functions of the chain above, innermost first. */
static const char *const chain_names[] = {
	"unwind_leaf", "unwind_big_frame", "unwind_alloca",
	"unwind_many_saved",
};

KTEST(unwind, unwinding_names_every_caller_in_order)
{
	struct chain c;

	result = unwind_many_saved(&c, 1);
	for (uint32_t i = 0; i < ARRAY_LEN(chain_names); i++)
		if (strcmp(name_at(&c, i), chain_names[i]) != 0)
			ktest_fail(t, __FILE__, __LINE__,
			    "#%u is %s, expected %s", i, name_at(&c, i),
			    chain_names[i]);
	for (uint32_t i = 1; i < c.n; i++)
		EXPECT(t, c.sp[i] >= c.sp[i - 1]);
}

KTEST(unwind, unwinding_ends_at_the_outermost_frame_of_the_goroutine)
{
	struct strand *me = this_strand();
	struct chain   c;

	result = unwind_many_saved(&c, 1);
	EXPECT(t, c.n > ARRAY_LEN(chain_names) && c.n < DEPTH_MAX);
	/* The last frame is the first on the stack: nothing is missing. */
	EXPECT(t, c.n > 0 && me->stack_hi - c.sp[c.n - 1] <= 64);
}

/* tests/unit/unwind_marked.S */
void unwind_marked(void (*fn)(void *arg), void *arg);

/* Every register that a function must keep, but sp, gp and tp. */
static const uint8_t kept[] = { 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27 };

/* Use up many registers; then store in *arg, a struct unwind_frame, the
 * registers of the caller as unwinding finds them.  Sets pc to 0 if unwinding
 * fails. */
NOINLINE static void
capture_caller(void *arg)
{
	struct unwind_frame *f = arg;
	struct strand       *me = this_strand();
	struct trapframe     regs;
	uint64_t             x = secret, a = secret, b = a * x, c = b ^ secret;
	uint64_t             d = c + secret, e = d * secret, g = e ^ a;
	uint64_t             h = g + b, i = h * c, j = i + secret;

	capture_frame(&regs);
	f->pc = regs.pc;
	f->is_call = true;
	memcpy(f->x, regs.x, sizeof(f->x));
	if (!unwind_step(f, me->stack_lo, me->stack_hi))
		f->pc = 0;
	result = a + b * 3 + c * 5 + d * 7 + e * 11 + g * 13 + h * 17 +
	    i * 19 + j * 23;
}

KTEST(unwind, unwinding_restores_the_registers_that_survive_calls)
{
	struct unwind_frame f;
	uintptr_t           offset;

	unwind_marked(capture_caller, &f);
	EXPECT(t, strcmp(symbol_name(f.pc, &offset), "unwind_marked") == 0);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		EXPECT_EQ(t, f.x[kept[i]], 0x1000 + kept[i]);
}

/* Walk, on g0, from the hart's stack to the goroutine's own stack, as the
 * report of a panic does. */
static void
walk_from_g0(void *arg)
{
	struct chain       *out = arg;
	struct trapframe    regs;
	struct unwind_frame f = { .is_call = true };
	uintptr_t           lo, hi;

	capture_frame(&regs);
	f.pc = regs.pc;
	memcpy(f.x, regs.x, sizeof(f.x));
	out->n = 0;
	while (out->n < DEPTH_MAX && backtrace_stack(this_hart(), f.x[4],
	    f.x[REG_SP], &lo, &hi) && unwind_step(&f, lo, hi)) {
		out->pc[out->n] = f.pc;
		out->sp[out->n++] = f.x[REG_SP];
	}
}

NOINLINE static void
unwind_caller_of_g0(struct chain *c)
{
	on_g0(walk_from_g0, c);
	result = c->n;
}

KTEST(unwind, unwinding_goes_on_from_a_harts_stack_to_its_goroutine)
{
	struct chain c;
	bool         found = false;

	unwind_caller_of_g0(&c);
	for (uint32_t i = 0; i < c.n; i++)
		found |= strcmp(name_at(&c, i), "unwind_caller_of_g0") == 0;
	EXPECT(t, found);
}

KTEST(unwind, unwinding_refuses_a_bad_frame)
{
	uint64_t            words[8] = { 0 };
	uintptr_t           lo = (uintptr_t)words, hi = lo + sizeof(words);
	struct unwind_frame f = { .pc = 0 };

	f.x[REG_SP] = lo;
	EXPECT(t, !unwind_step(&f, lo, hi));	/* no function there */
	f.pc = (uintptr_t)unwind_big_frame + 200;
	f.x[REG_SP] = lo;
	EXPECT(t, !unwind_step(&f, lo, hi));	/* the frame leaves the stack */
	f.x[REG_SP] = lo + 1;
	EXPECT(t, !unwind_step(&f, lo, hi));
	EXPECT_EQ(t, f.x[REG_SP], lo + 1);	/* and nothing has changed */
}

/* The CIE of gcc names the register of the CFA but no offset.  The offset is
 * then 0, and not the one of the step before. */
KTEST(unwind, regress_no_frame_is_left_over_from_the_last_step)
{
	uint64_t            words[8] = { 0 };
	uintptr_t           lo = (uintptr_t)words, hi = lo + sizeof(words);
	struct unwind_frame f = { .pc = (uintptr_t)unwind_big_frame + 200 };

	f.x[REG_SP] = lo;
	EXPECT(t, !unwind_step(&f, lo, hi));
	f.pc = (uintptr_t)irq_on;
	f.x[1] = (uintptr_t)unwind_leaf;
	EXPECT(t, unwind_step(&f, lo, hi));
	EXPECT_EQ(t, f.x[REG_SP], lo);
	EXPECT_EQ(t, f.pc, (uintptr_t)unwind_leaf);
}

KTEST(symbols, names_and_addresses_agree)
{
	uintptr_t addr = (uintptr_t)unwind_leaf, offset = 77;

	EXPECT_EQ(t, symbol_addr("unwind_leaf"), addr);
	EXPECT(t, strcmp(symbol_name(addr, &offset), "unwind_leaf") == 0);
	EXPECT_EQ(t, offset, 0);
	EXPECT(t, strcmp(symbol_name(addr + 4, &offset), "unwind_leaf") == 0);
	EXPECT_EQ(t, offset, 4);
	EXPECT(t, strcmp(symbol_name(addr - 1, NULL), "unwind_leaf") != 0);
	EXPECT_EQ(t, symbol_addr("no such function"), 0);
	EXPECT(t, symbol_name(0, NULL) == NULL);
	EXPECT(t, symbol_name((uintptr_t)&secret, NULL) == NULL);
}
