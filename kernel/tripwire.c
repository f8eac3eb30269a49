/*
 * tripwire.c - see tripwire.h.
 */
#include "kernel/tripwire.h"

#include "kernel/riscv.h"
#include "kernel/syncpoint.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

/* linker.ld */
extern const char __app_text_start[], __app_text_end[];

static ATOMIC(uint64_t) nhits;

/* Set this hart's tripwire if set is true, else clear it (TRIP-1). */
static void
change(bool set)
{
	bool were_on = irq_save();
	struct hart *hart = this_hart();

	if (hart->tripwire != set && !(set && FAULT(no_tripwire))) {
		hart->tripwire = set;
		vm_use(set ? vm_satp_fenced : vm_satp);
	}
	irq_restore(were_on);
}

void
tripwire_set(void)
{
	change(true);
}

void
tripwire_clear(void)
{
	change(false);
}

bool
tripwire_hit(uint64_t cause, uintptr_t pc)
{
	if (cause != CAUSE_FETCH_PAGE || !this_hart()->tripwire ||
	    pc - (uintptr_t)__app_text_start >=
	    (size_t)(__app_text_end - __app_text_start))
		return false;
	tripwire_clear();
	/* relaxed: a statistic. */
	add_relaxed(&nhits, 1);
	return true;
}

void
tripwire_resume(const struct hart *hart)
{
	uint64_t satp = hart->tripwire ? vm_satp_fenced : vm_satp;

	if (CSR_READ(satp) != satp)
		vm_use(satp);
}

uint64_t
tripwire_count(void)
{
	/* relaxed: a statistic. */
	return load_relaxed(&nhits);
}
