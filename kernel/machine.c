/*
 * machine.c - the end of the machine.
 *
 * The test finisher (sifive,test0) is tried first, because after SBI SRST QEMU
 * exits with status 0, whatever reason SRST is given.
 */
#include "kernel/console.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "kernel/riscv.h"
#include "kernel/sbi.h"
#include "kernel/virtual.h"

enum { FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555 };

/* Returns the 8 bits of status that the host sees.  A status other than 0 never
 * becomes 0: it becomes 255 instead. */
static uint32_t
clip_status(int status)
{
	uint32_t low = (uint32_t)status & 0xff;

	return status != 0 && low == 0 ? 0xff : low;
}

/* Let a panic of another hart end the machine first, and wait until what is
 * printed is whole.  A panic of this hart already has the console, and every
 * byte that it prints is on the wire before it goes on. */
static void
leave_console_whole(void)
{
	panic_goes_first();
	(void)irq_save();
	if (!panic_is_mine())
		(void)console_finish();
}

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
