/*
 * boot_arg.c - boot arguments that belong to the program: APP_name=value.
 */
#include "include/antler.h"
#include "kernel/bootargs.h"
#include "lib/compiler.h"
#include "lib/str.h"

enum { ARGS_MAX = 32 };

static const char *args[ARGS_MAX];	/* "name=value"; [I] after boot */
static uint32_t    nargs;		/* [I] */

/* Keep arg, which is "name=value".  Returns false if the name is empty, or if
 * there is no place left. */
static bool
parse_arg(const char *arg)
{
	const char *end = strchr(arg, '=');

	if (end == NULL || end == arg || nargs == ARGS_MAX)
		return false;
	args[nargs++] = arg;
	return true;
}
BOOTARG(app, "APP_*", "NAME=VALUE  the program's own argument NAME",
    parse_arg);

/* If there are several arguments of this name, the last counts. */
AS_PROGRAM const char *
boot_arg(const char *name)
{
	size_t len = strlen(name);

	for (uint32_t i = nargs; i-- > 0;)
		if (strncmp(args[i], name, len) == 0 && args[i][len] == '=')
			return args[i] + len + 1;
	return NULL;
}
