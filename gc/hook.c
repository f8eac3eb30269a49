/*
 * hook.c - the hooks of hook.h.
 */
#include "gc/hook.h"

#include "lib/atomic.h"
#include "lib/check.h"

typedef void (*hook_fn)(void);

static ATOMIC(hook_fn) hooks[GC_HOOKS];

void
gc_on_cycle(void (*fn)(void))
{
	for (uint32_t i = 0; i < GC_HOOKS; i++) {
		hook_fn none = NULL;

		/* relaxed: the stop of the world orders it. */
		if (cas_relaxed(&hooks[i], &none, fn))
			return;
	}
	panic("gc: more than %d hooks", GC_HOOKS);
}

void
gc_hooks_run_stw(void)
{
	for (uint32_t i = 0; i < GC_HOOKS; i++) {
		/* relaxed: world stopped. */
		hook_fn fn = load_relaxed(&hooks[i]);

		if (fn != NULL)
			fn();
	}
}
