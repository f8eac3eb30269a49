/*
 * bootargs.c - splitting the boot arguments and handing them to their modules.
 */
#include "kernel/bootargs.h"

#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/platform.h"
#include "lib/fmt.h"
#include "lib/str.h"

extern const struct bootarg __bootargs_start[], __bootargs_end[];

/* The line, with each word ended by a 0.  Values that modules keep point
 * here. */
static char words[PLATFORM_ARGS];

/* Returns the value that word gives to a, or NULL if word is not for a. */
static const char *
value_for(const struct bootarg *a, const char *word)
{
	size_t len = strlen(a->name);

	if (len > 0 && a->name[len - 1] == '*') {
		len--;
		return strncmp(word, a->name, len) == 0 ? word + len : NULL;
	}
	if (strncmp(word, a->name, len) != 0)
		return NULL;
	if (word[len] == '=')
		return word + len + 1;
	return word[len] == '\0' ? word + len : NULL;
}

/* Write all names, cut to fit, as in "GOGC, GOMAXPROCS, seed".  Returns buf. */
static const char *
known_names(char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (const struct bootarg *a = __bootargs_start; a < __bootargs_end &&
	     at < size; a++)
		at += (size_t)fmt_snprintf(buf + at, size - at, "%s%s",
		    a != __bootargs_start ? ", " : "", a->name);
	return buf;
}

static void
take_word(const char *word)
{
	char known[800];

	for (const struct bootarg *a = __bootargs_start; a < __bootargs_end;
	     a++) {
		const char *value = value_for(a, word);

		if (value == NULL)
			continue;
		if (!a->parse(value))
			fatal_config("bootargs: bad value in %s; it is %s=%s",
			    word, a->name, a->help);
		return;
	}
	fatal_config("bootargs: unknown argument %s; known are: %s", word,
	    known_names(known, sizeof(known)));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* End every word in words by a 0 and call take for it, in order. */
static void
each_word(void (*take)(const char *word))
{
	char *at = words;

	for (;;) {
		while (is_blank(*at))
			at++;
		if (*at == '\0')
			return;

		const char *word = at;

		while (*at != '\0' && !is_blank(*at))
			at++;
		if (*at != '\0')
			*at++ = '\0';
		take(word);
	}
}

static void
take_early_word(const char *word)
{
	for (const struct bootarg *a = __bootargs_start; a < __bootargs_end;
	     a++) {
		const char *value = a->early ? value_for(a, word) : NULL;

		if (value != NULL)
			(void)a->parse(value);
	}
}

void
bootargs_parse_early(const char *line)
{
	if (strlen(line) >= sizeof(words))
		return;
	memcpy(words, line, strlen(line) + 1);
	each_word(take_early_word);
}

void
bootargs_parse(const char *line)
{
	if (strlen(line) >= sizeof(words))
		fatal_config("bootargs: longer than %zu characters",
		    sizeof(words) - 1);
	memcpy(words, line, strlen(line) + 1);
	each_word(take_word);
}

void
bootargs_help(void)
{
	for (const struct bootarg *a = __bootargs_start; a < __bootargs_end;
	     a++)
		kprintf("  %s=%s\n", a->name, a->help);
}
