/*
 * machine.c - the end of the machine.
 *
 * The test finisher (sifive,test0) is asked first: SBI SRST makes QEMU exit
 * with status 0 whatever the reason says.
 */
#include "kernel/console.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/sbi.h"
#include "kernel/virtual.h"

enum { FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555 };

/* What an exit status can be outside; one that would become 0 must not. */
static uint32_t
clip_status(int status)
{
	uint32_t low = (uint32_t)status & 0xff;

	return status != 0 && low == 0 ? 0xff : low;
}

/* Let a panic of another hart go first, and what is printed be whole.  A panic
 * of this hart has the console already, and waits for all that it prints. */
static void
leave_console_whole(void)
{
	panic_goes_first();
	(void)irq_save();
	if (!panic_is_mine())
		(void)console_finish();
}

/* End the machine: status 0 powers off, others make QEMU exit with status. */
void
machine_exit(int status)
{
	uint32_t code = clip_status(status);

	if (VIRTUAL && virtual_player.ended != NULL)
		virtual_player.ended(status);
	if (!VIRTUAL)
		leave_console_whole();
	CSR_WRITE(sie, 0);
	if (platform.finisher.len != 0)
		mmio_write32(platform.finisher.base,
		    code == 0 ? FINISHER_PASS : code << 16 | FINISHER_FAIL);
	sbi_shutdown();
	for (;;)
		wfi();
}
