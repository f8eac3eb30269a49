/*
 * run_pattern.c - patterns for names of tests; see run_pattern.h.
 */
#include "lib/run_pattern.h"

#include "lib/str.h"

/* Returns the end of the expression that begins at s: the first slash or bar
 * outside all brackets, or the end of the text. */
static const char *
part_end(const char *s)
{
	uint32_t squares = 0, rounds = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '[')
			squares++;
		else if (*s == ']' && squares > 0)
			squares--;
		else if (*s == '(' && squares == 0)
			rounds++;
		else if (*s == ')' && squares == 0 && rounds > 0)
			rounds--;
		else if ((*s == '/' || *s == '|') && squares + rounds == 0)
			break;
	}
	return s;
}

const char *
run_pattern_set(struct run_pattern *p, const char *text)
{
	const char *end, *why = NULL;
	int         entry;

	memset(p, 0, sizeof(*p));
	for (;; text = end + 1) {
		end = part_end(text);
		if (p->nparts == RUN_PATTERN_PARTS)
			return "too many parts";
		entry = regexp_add(&p->re, text, (size_t)(end - text), &why);
		if (entry < 0)
			return why;
		p->part[p->nparts].entry = (int16_t)entry;
		p->part[p->nparts++].last = *end != '/';
		if (*end == '\0')
			return NULL;
	}
}

/* Does name match the list of expressions that begins with part i? */
static bool
list_takes(const struct run_pattern *p, uint32_t i, const char *name)
{
	for (;; i++) {
		const char *slash = strchr(name, '/');
		size_t      len = slash != NULL ? (size_t)(slash - name)
						: strlen(name);

		if (!regexp_match(&p->re, p->part[i].entry, name, len))
			return false;
		if (p->part[i].last || slash == NULL)
			return true;
		name = slash + 1;
	}
}

bool
run_pattern_takes(const struct run_pattern *p, const char *name)
{
	bool begins = true;	/* does a list of expressions begin at i? */

	for (uint32_t i = 0; i < p->nparts; i++) {
		if (begins && list_takes(p, i, name))
			return true;
		begins = p->part[i].last;
	}
	return false;
}
