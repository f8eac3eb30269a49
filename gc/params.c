/*
 * params.c - the collector's boot arguments, in Go's names.
 */
#include "gc/gc.h"

#include "gc/wild.h"
#include "kernel/bootargs.h"
#include "lib/str.h"

struct gc_params gc_params = {
	.percent = 100,
	.poison = DEBUG,
};

static bool
parse_percent(const char *value)
{
	unsigned long n;

	if (strcmp(value, "off") == 0) {
		gc_params.percent = -1;
		return true;
	}
	if (!str_to_u64(value, &n) || n > 1000000)
		return false;
	gc_params.percent = (int)n;
	return true;
}

static bool
parse_limit(const char *value)
{
	unsigned long n = UINT64_MAX;

	if (strcmp(value, "off") != 0 && (!str_to_u64(value, &n) || n == 0))
		return false;
	gc_params.limit = n;
	return true;
}

static bool
parse_every(const char *value)
{
	unsigned long n;

	if (!str_to_u64(value, &n) || n > UINT32_MAX)
		return false;
	gc_params.every = (uint32_t)n;
	return true;
}

BOOTARG(gogc, "GOGC", "N|off  percent the heap may grow between collections",
    parse_percent);
BOOTARG(gomemlimit, "GOMEMLIMIT", "BYTES|off  what the heap should stay below",
    parse_limit);
BOOTARG(gcevery, "GCEVERY", "N  collect at every Nth allocation",
    parse_every);

bool
gc_debug_option(const char *key, const char *value)
{
	bool on = strcmp(value, "1") == 0;
	unsigned long n;

	if (strcmp(key, "gcwild") == 0) {
		if (!str_to_u64(value, &n) || n > WILD_ENDS_THE_PROGRAM)
			return false;
		gc_params.wild = (uint32_t)n;
		return true;
	}
	if (!on && strcmp(value, "0") != 0)
		return false;
	if (strcmp(key, "gctrace") == 0)
		gc_params.trace = on;
	else if (strcmp(key, "gccheckmark") == 0)
		gc_params.verify = on;
	else if (strcmp(key, "gcpoison") == 0)
		gc_params.poison = on;
	else if (strcmp(key, "gcstoptheworld") == 0)
		gc_params.stop_world = on;
	else
		return false;
	return true;
}
