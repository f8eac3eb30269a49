/*
 * main.c - the order in which everything starts.  Only this file knows all
 * floors.  Each line of boot_main may use what the lines above it have set up.
 */
#include "drivers/irq.h"
#include "drivers/uart.h"
#include "explore/explore.h"
#include "kernel/bootargs.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/hart.h"
#include "kernel/page.h"
#include "kernel/platform.h"
#include "kernel/sbi.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "runtime/api/start.h"
#include "runtime/sched/m.h"

/* The stacks, the hart and the strand that the boot hart uses before it has an
 * M (entry.S). */
extern char __boot_trap_stack_end[], boot_stack[], __boot_stack_end[];
static struct hart boot_hart;
struct strand      boot_strand;

NORETURN void boot_main(uint32_t hart_id, const void *fdt, uint64_t ticks);

/* Fill in as much of boot_hart as locks, panics and traps need. */
static void
make_boot_hart(uint32_t hart_id)
{
	boot_strand.hart = &boot_hart;
	boot_strand.stack_lo = (uintptr_t)boot_stack;
	boot_strand.stack_hi = (uintptr_t)__boot_stack_end;
	boot_hart.id = hart_id;
	boot_hart.g0 = &boot_strand;
	boot_hart.trap_sp = (uintptr_t)__boot_trap_stack_end;
	boot_hart.trap_strand.hart = &boot_hart;
}

/* Continue the boot on the boot hart's g0, whose stack has a guard page. */
static void
boot_on_g0(void)
{
	if (!VIRTUAL) {
		irq_init();
		irq_init_hart();
		trap_hooks.external = irq_dispatch;
	}
	hart_start_all(m_main);
	kprintf("harts: %u of %u online\n", nharts_online,
	    VIRTUAL ? nharts : platform.nharts_total);
	runtime_start();
}

/* Boot the machine.  entry.S calls this, the first C function, on the boot
 * hart.  ticks is the time at which the hart entered _start. */
void
boot_main(uint32_t hart_id, const void *fdt, uint64_t ticks)
{
	clock_entry_ticks = ticks;
	make_boot_hart(hart_id);
	sbi_init();
	trap_init_hart(&boot_hart);
	platform_init(hart_id, fdt);
	clock_init();
	page_init();
	bootargs_parse_early(platform.bootargs);
	vm_init();
	if (VIRTUAL)
		explore_init();
	if (uart_init())
		console_attach(&uart_console);
	platform_print();
	bootargs_parse(platform.bootargs);
	hart_init(m_alloc);
	hart_enter_g0(boot_on_g0);
}
