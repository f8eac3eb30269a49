/*
 * program_data.c - where the program's variables lie.
 *
 * In each data section the program's variables follow those of the runtime
 * (linker.ld).
 */
#include "runtime/collect/program_data.h"

extern char __app_data_start[], __app_data_end[];
extern char __app_sdata_start[], __app_sdata_end[];
extern char __app_sbss_start[], __app_sbss_end[];
extern char __app_bss_start[], __app_bss_end[];

bool
program_data(unsigned i, uintptr_t *lo, uintptr_t *hi)
{
	static char *const ranges[][2] = {
		{ __app_data_start, __app_data_end },
		{ __app_sdata_start, __app_sdata_end },
		{ __app_sbss_start, __app_sbss_end },
		{ __app_bss_start, __app_bss_end },
	};

	if (i >= ARRAY_LEN(ranges))
		return false;
	*lo = (uintptr_t)ranges[i][0];
	*hi = (uintptr_t)ranges[i][1];
	return true;
}
