/*
 * backtrace.c - the chain of callers, in print.
 *
 * A backtrace is printed while the machine is dying, so nothing is trusted: a
 * strand pointer is followed only if it points into RAM, and a stack is read
 * only between sp and the end of the stack that sp is on.
 */
#include "kernel/panic.h"

#include "kernel/console.h"
#include "kernel/platform.h"
#include "kernel/symbols.h"
#include "kernel/unwind.h"
#include "lib/str.h"

enum {
	FRAMES_MAX = 40,	/* frames printed, innermost first, */
	OUTERMOST = 10,		/* and outermost frames printed after those */
	TRAP_STACK_SHIFT = 14,	/* kernel/entry_trap.S */
	TRAP_ENTRY_LEN = 512,	/* more than trap_entry has */
	OVERFLOW = 16 << 20,	/* an sp at most this far below a stack belongs
				 * to that stack, which has overflowed: the
				 * largest frame (runtime/stack/gstack.h) */
	REG_RA = 1, REG_SP = 2, REG_TP = 4,
};

extern const char trap_entry[], __text_start[], __text_end[];
extern const char __data_start[], __image_end[];

static bool
is_text(uintptr_t pc)
{
	return pc >= (uintptr_t)__text_start && pc < (uintptr_t)__text_end;
}

/* Are the len bytes at addr in RAM that is mapped where it lies, so that they
 * can be read? */
static bool
is_ram(uintptr_t addr, size_t len)
{
	if (addr >= (uintptr_t)__data_start &&
	    addr < (uintptr_t)__image_end &&
	    len <= (uintptr_t)__image_end - addr)
		return true;
	for (uint32_t i = 0; i < platform.nram; i++) {
		const struct range *r = &platform.ram[i];

		if (addr >= r->base && addr - r->base < r->len &&
		    len <= r->len - (addr - r->base))
			return addr >= (uintptr_t)__image_end ||
			    addr < (uintptr_t)__text_start;
	}
	return false;
}

/* Is sp on the stack of strand, or at most OVERFLOW below that stack? */
static bool
is_on(const struct strand *strand, uintptr_t sp)
{
	return (uintptr_t)strand % sizeof(uint64_t) == 0 &&
	    is_ram((uintptr_t)strand, sizeof(*strand)) &&
	    sp <= strand->stack_hi && sp >= strand->stack_lo - OVERFLOW;
}

bool
backtrace_stack(const struct hart *hart, uintptr_t tp, uintptr_t sp,
    uintptr_t *lo, uintptr_t *hi)
{
	const struct strand *strand = (const struct strand *)tp;

	if (hart != NULL && hart->trap_sp != 0 &&
	    (sp ^ (hart->trap_sp - 1)) >> TRAP_STACK_SHIFT == 0) {
		*lo = ROUND_DOWN(sp, 1UL << TRAP_STACK_SHIFT);
		*hi = hart->trap_sp;
		return true;
	}
	if (!is_on(strand, sp)) {
		if (hart == NULL || !is_on(hart->g0, sp))
			return false;
		strand = hart->g0;
	}
	*lo = strand->stack_lo;
	*hi = strand->stack_hi;
	return true;
}

void
backtrace_print_pc(uintptr_t pc)
{
	uintptr_t   offset;
	const char *name = symbol_name(pc, &offset);

	if (name != NULL)
		kprintf_raw("%s+0x%lx", name, (unsigned long)offset);
	else
		kprintf_raw("0x%016lx", (unsigned long)pc);
}

/* What is printed of a frame.  If is_call is true, pc is a return address. */
struct place {
	uintptr_t pc;
	bool      is_call;
};

static struct place
place_of(const struct unwind_frame *f)
{
	return (struct place){ f->pc, f->is_call };
}

static void
print_line(int n, struct place at)
{
	uintptr_t   offset;
	const char *name = symbol_name(at.is_call ? at.pc - 1 : at.pc,
	    &offset);

	if (name != NULL)
		kprintf_raw("  #%-2d 0x%016lx %s + 0x%lx\n", n,
		    (unsigned long)at.pc, name,
		    (unsigned long)offset + at.is_call);
	else
		kprintf_raw("  #%-2d 0x%016lx ?\n", n, (unsigned long)at.pc);
}

/*
 * Replace f by its caller.  If the program jumped to an address that is no
 * code, there is no call-frame information, but ra then most likely still holds
 * the return address of the call that went wrong.  Returns false if f is the
 * outermost frame.
 */
static bool
step(struct unwind_frame *f, uintptr_t lo, uintptr_t hi)
{
	if (unwind_step(f, MAX(lo, f->x[REG_SP]), hi))
		return true;
	if (is_text(f->pc) || !is_text(f->x[REG_RA]))
		return false;
	f->pc = f->x[REG_RA];
	f->is_call = true;
	return true;
}

/*
 * Print f and its callers on the stack [lo, hi).  *n is the number of the first
 * frame, and becomes the number of the next.  Returns true if f has become a
 * frame on another stack, which is not printed yet; false if the last frame
 * printed was the outermost.
 */
static bool
print_stack(struct unwind_frame *f, uintptr_t lo, uintptr_t hi, int *n)
{
	struct place last[OUTERMOST];
	int  first = MAX(*n + 1, FRAMES_MAX), skipped;
	bool left = false;

	print_line((*n)++, place_of(f));
	while (step(f, lo, hi)) {
		left = f->x[REG_SP] > hi || f->x[REG_SP] + OVERFLOW < lo;
		if (left)
			break;
		if (*n < first)
			print_line(*n, place_of(f));
		last[*n % OUTERMOST] = place_of(f);
		++*n;
	}
	skipped = *n - first - OUTERMOST;
	if (skipped > 0)
		kprintf_raw("  ... %d frames not shown ...\n", skipped);
	for (int i = MAX(first, *n - OUTERMOST); i < *n; i++)
		print_line(i, last[i % OUTERMOST]);
	return left;
}

void
backtrace_print(uintptr_t pc, uintptr_t sp, uintptr_t ra, const uint64_t s[12],
    uintptr_t stack_lo, uintptr_t stack_hi)
{
	struct unwind_frame f = { .pc = pc, .is_call = pc == ra };
	int                 n = 0;

	f.x[REG_RA] = ra;
	f.x[REG_SP] = sp;
	f.x[8] = s[0];
	f.x[9] = s[1];
	for (int i = 2; i < 12; i++)
		f.x[16 + i] = s[i];
	(void)print_stack(&f, stack_lo, stack_hi, &n);
}

/* Returns the trapframe at f's sp if f is the frame of trap_entry; else
 * NULL. */
static const struct trapframe *
interrupted(const struct unwind_frame *f, uintptr_t hi)
{
	uintptr_t sp = f->x[REG_SP];

	if (f->pc - (uintptr_t)trap_entry >= TRAP_ENTRY_LEN ||
	    sp % 16 != 0 || hi - sp < sizeof(struct trapframe))
		return NULL;
	return (const struct trapframe *)sp;
}

static void
from_trapframe(struct unwind_frame *f, const struct trapframe *frame)
{
	f->pc = frame->pc;
	memcpy(f->x, frame->x, sizeof(f->x));
	f->is_call = f->pc == f->x[REG_RA];
}

/*
 * f has just come from a hart's own stack to the stack of a strand that called
 * something there (call_on_g0).  Call-frame information cannot express where
 * such a call keeps the saved registers: they are in the strand's ctx.
 */
static void
from_caller(struct unwind_frame *f)
{
	const struct strand *strand = (const struct strand *)f->x[REG_TP];

	if (!is_on(strand, f->x[REG_SP]) || strand->ctx.sp != f->x[REG_SP])
		return;
	f->x[8] = strand->ctx.s[0];
	f->x[9] = strand->ctx.s[1];
	for (int i = 2; i < 12; i++)
		f->x[16 + i] = strand->ctx.s[i];
}

/* A trap leads to the frame that it interrupted, and a call from a goroutine to
 * the hart's own stack leads back to the goroutine. */
void
backtrace_print_frame(const struct trapframe *frame, const struct hart *hart)
{
	struct unwind_frame f;
	uintptr_t           lo, hi;
	int                 n = 0;

	from_trapframe(&f, frame);
	while (n < FRAMES_MAX) {
		uintptr_t sp = f.x[REG_SP];

		if (!backtrace_stack(hart, f.x[REG_TP], sp, &lo, &hi)) {
			print_line(n, place_of(&f));
			kprintf_raw("  (sp 0x%lx is on no stack of this "
				    "hart)\n", (unsigned long)sp);
			return;
		}
		if (sp < lo)
			kprintf_raw("  (stack overflow: sp 0x%lx, the stack "
				    "ends at 0x%lx)\n", (unsigned long)sp,
			    (unsigned long)lo);
		if (print_stack(&f, lo, hi, &n)) {
			from_caller(&f);
			continue;
		}
		frame = interrupted(&f, hi);
		if (frame == NULL)
			return;
		kprintf_raw("  --- %s ---\n", trap_cause_name(frame->cause));
		from_trapframe(&f, frame);
	}
}
