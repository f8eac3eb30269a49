/*
 * fatal.c - the last words of a program; see fatal.h.
 *
 * All other harts are stopped first (panic_freeze), so nothing moves and no
 * lock is needed or taken.  If the fatal error began on a goroutine's stack,
 * which may be nearly full, the report runs on the stack of the hart's
 * scheduler.
 */
#include "runtime/fail/fatal.h"

#include "kernel/bootargs.h"
#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/syncpoint.h"
#include "lib/fmt.h"
#include "lib/str.h"
#include "runtime/fail/dump.h"
#include "runtime/fail/gopanic.h"
#include "runtime/sched/sched.h"

enum { TEXT_MAX = 200, REG_TP = 4, REG_SP = 2 };

static enum traceback_level traceback_level = TRACEBACK_SINGLE;

/* Parse the value of GOTRACEBACK: one of Go's names or of its older numbers. */
static bool
parse_traceback(const char *value)
{
	static const struct {
		const char          *name;
		enum traceback_level level;
	} levels[] = {
		{ "none", TRACEBACK_NONE }, { "single", TRACEBACK_SINGLE },
		{ "all", TRACEBACK_ALL }, { "system", TRACEBACK_SYSTEM },
		{ "crash", TRACEBACK_CRASH }, { "0", TRACEBACK_NONE },
		{ "1", TRACEBACK_ALL }, { "2", TRACEBACK_SYSTEM },
	};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcmp(value, levels[i].name) == 0) {
			traceback_level = levels[i].level;
			return true;
		}
	}
	return false;
}
BOOTARG(gotraceback, "GOTRACEBACK", "none, single, all, system or crash: how "
    "much a panic tells (default: single)", parse_traceback);

struct g *
fatal_culprit(void)
{
	struct g *gp = this_g();

	/* In a trap tp points to no G; then only the hart is known. */
	if (gp == (struct g *)&this_hart()->trap_strand)
		return NULL;
	return gp->is_g0 ? NULL : gp;
}

NORETURN void
fatal_end(struct g *gp, const struct trapframe *frame)
{
	enum traceback_level level = traceback_level;

	if (level >= TRACEBACK_SINGLE && gp != NULL) {
		kprintf_raw("\n");
		dump_goroutine(kprintf_raw, gp, frame, this_hart());
	}
	if (level >= TRACEBACK_ALL || (level == TRACEBACK_SINGLE && gp == NULL))
		dump_goroutines(kprintf_raw, gp, level >= TRACEBACK_SYSTEM,
		    panic_frame_of);
	if (level == TRACEBACK_CRASH)
		panic_describe(frame);
	machine_exit(2);
}

/* What fatal_error passes to say_last_words on another stack. */
struct last_words {
	struct g        *gp;
	struct trapframe frame;
	char             text[TEXT_MAX];
};

NORETURN static void
say_last_words(void *arg)
{
	struct last_words *w = arg;

	kprintf_raw("fatal error: %s\n", w->text);
	fatal_end(w->gp, &w->frame);
}

NORETURN void
fatal_error(const char *fmt, ...)
{
	struct last_words words;
	va_list           ap;

	if (FAULT(fatal_errors_are_panics) && gopanic_possible()) {
		va_start(ap, fmt);
		fmt_vsnprintf(words.text, sizeof(words.text), fmt, ap);
		va_end(ap);
		go_panic("fatal error: %s", words.text);
	}
	capture_my_caller(&words.frame);
	panic_freeze();
	va_start(ap, fmt);
	fmt_vsnprintf(words.text, sizeof(words.text), fmt, ap);
	va_end(ap);
	words.gp = fatal_culprit();
	if (words.gp == NULL)
		say_last_words(&words);
	call_on_stack(this_m()->g0.strand.stack_hi, say_last_words, &words);
}

NORETURN void
fatal_stack_overflow(struct g *gp, const struct trapframe *frame)
{
	panic_freeze();
	kprintf_raw("runtime: goroutine stack exceeds %lu-byte limit\n"
	    "fatal error: stack overflow\n",
	    gp->strand.stack_hi - gp->strand.stack_lo);
	fatal_end(gp, frame);
}

NORETURN void
fatal_fault(struct g *gp, const struct trapframe *frame, const char *words,
    const char *where)
{
	panic_freeze();
	kprintf_raw("fatal error: %s in what %s runs\n[%s: addr=0x%lx "
	    "pc=0x%lx]\n", words, where, trap_cause_name(frame->cause),
	    frame->value, frame->pc);
	fatal_end(gp, frame);
}
