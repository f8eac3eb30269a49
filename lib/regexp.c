/*
 * regexp.c - compiling and matching regular expressions; see regexp.h.
 *
 * The compiler reads an expression from left to right and appends instructions.
 * The instructions of a part of the expression refer only to each other, by
 * distance, so the part can be moved to make room for an instruction before it,
 * and it can be copied.
 *
 *	x|y	SPLIT to y; x; JUMP behind; y
 *	x*	SPLIT behind; x; JUMP to the SPLIT
 *	x+	x; SPLIT to x
 *	x?	SPLIT behind; x
 *
 * A SPLIT continues both with the next instruction and with the one it names.
 */
#include "lib/regexp.h"

#include "lib/check.h"
#include "lib/str.h"

enum {
	NESTING_MAX = 40,	/* of groups: each takes a frame of the stack */
	REPEAT_MAX = 1000,	/* the limit of RE2 */
};

enum op {
	OP_MATCH,		/* the end of an expression */
	OP_ANY,			/* take any character */
	OP_CHAR,		/* take the character arg */
	OP_SET,			/* take a character of the set arg */
	OP_JUMP,
	OP_SPLIT,
	OP_BEGIN,		/* continue only at the start of the text */
	OP_END,			/* continue only at the end of the text */
	OP_EDGE,		/* continue only at the edge of a word */
	OP_NO_EDGE,
};

struct parser {
	struct regexp *re;
	const char    *at, *end;	/* what has not been read yet */
	const char    *why;		/* the first error, or NULL */
	uint32_t       nesting;
};

/* ---- Sets of characters ------------------------------------------------ */

static void
set_add(uint8_t *set, uint8_t from, uint8_t to)
{
	for (uint32_t c = from; c <= to; c++)
		set[c / 8] |= (uint8_t)(1 << c % 8);
}

static void
set_invert(uint8_t *set)
{
	for (size_t i = 0; i < 256 / 8; i++)
		set[i] = (uint8_t)~set[i];
}

static bool
set_has(const uint8_t *set, char c)
{
	return set[(uint8_t)c / 8] & 1 << (uint8_t)c % 8;
}

/* Add the class \d, \w, \s or its complement \D, \W, \S to set.  Returns false
 * if there is no class called name. */
static bool
set_add_class(uint8_t *set, char name)
{
	uint8_t class[256 / 8] = { 0 };

	switch (name) {
	case 'd': case 'D':
		set_add(class, '0', '9');
		break;
	case 'w': case 'W':
		set_add(class, '0', '9');
		set_add(class, 'A', 'Z');
		set_add(class, 'a', 'z');
		set_add(class, '_', '_');
		break;
	case 's': case 'S':
		set_add(class, '\t', '\n');
		set_add(class, '\f', '\r');
		set_add(class, ' ', ' ');
		break;
	default:
		return false;
	}
	if (name < 'a')
		set_invert(class);
	for (size_t i = 0; i < sizeof(class); i++)
		set[i] |= class[i];
	return true;
}

/* ---- Compiling --------------------------------------------------------- */

/* Record the first error and skip the rest of the expression.  Returns
 * false. */
static bool
wrong(struct parser *p, const char *why)
{
	if (p->why == NULL)
		p->why = why;
	p->at = p->end;
	return false;
}

/* Read the next character if it is c.  Returns true if it was read. */
static bool
accept(struct parser *p, char c)
{
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool
emit(struct parser *p, enum op op, uint8_t arg, int32_t to)
{
	struct regexp *re = p->re;

	if (re->ncode == REGEXP_CODE)
		return wrong(p, "expression too long");
	re->code[re->ncode++] = (struct regexp_insn){ .op = (uint8_t)op,
		.arg = arg, .to = (int16_t)to };
	return true;
}

/* Make room for a SPLIT before the instructions from start on. */
static bool
insert_split(struct parser *p, uint32_t start, int32_t to)
{
	struct regexp *re = p->re;
	uint32_t       n = re->ncode - start;

	if (!emit(p, OP_SPLIT, 0, to))
		return false;
	memmove(&re->code[start + 1], &re->code[start],
	    n * sizeof(re->code[0]));
	re->code[start] = (struct regexp_insn){ .op = OP_SPLIT,
		.to = (int16_t)to };
	return true;
}

/* Returns a new empty set, which emit_set makes permanent; or NULL. */
static uint8_t *
new_set(struct parser *p)
{
	if (p->re->nsets == REGEXP_SETS) {
		wrong(p, "too many sets of characters");
		return NULL;
	}
	memset(p->re->set[p->re->nsets], 0, 256 / 8);
	return p->re->set[p->re->nsets];
}

static bool
emit_set(struct parser *p)
{
	return emit(p, OP_SET, (uint8_t)p->re->nsets++, 0);
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/* Set *out to the character that \c stands for: c itself, except for a few
 * letters, as in C. */
static bool
escaped(struct parser *p, char c, char *out)
{
	static const char from[] = "nrtfva", to[] = "\n\r\t\f\v\a";
	const char       *known = strchr(from, c);

	if (known != NULL && c != '\0')
		*out = to[known - from];
	else if (is_alphanumeric(c) || (uint8_t)c >= 0x80 || c == '\0')
		return wrong(p, "invalid escape sequence");
	else
		*out = c;
	return true;
}

/* Read a member of [...]: one end of a range into *c; or a class like \d, which
 * is added to set, and then *is_class is set. */
static bool
parse_set_member(struct parser *p, uint8_t *set, char *c, bool *is_class)
{
	*is_class = false;
	*c = *p->at++;
	if (*c == '[' && p->at < p->end && *p->at == ':')
		return wrong(p, "there are no classes like [:alpha:]");
	if (*c != '\\')
		return true;
	if (p->at == p->end)
		return wrong(p, "missing closing ]");
	*c = *p->at++;
	*is_class = set_add_class(set, *c);
	return *is_class || escaped(p, *c, c);
}

/* Read the rest of [...].  A ] in the first place is an ordinary member. */
static bool
parse_set(struct parser *p)
{
	bool     invert = accept(p, '^'), is_class;
	uint8_t *set = new_set(p);
	char     from, to;

	if (set == NULL)
		return false;
	for (bool first = true; first || !accept(p, ']'); first = false) {
		if (p->at == p->end)
			return wrong(p, "missing closing ]");
		if (!parse_set_member(p, set, &from, &is_class))
			return false;
		if (is_class)
			continue;
		to = from;
		if (p->end - p->at >= 2 && *p->at == '-' && p->at[1] != ']') {
			p->at++;
			if (!parse_set_member(p, set, &to, &is_class))
				return false;
			if (is_class || (uint8_t)to < (uint8_t)from)
				return wrong(p, "invalid character range");
		}
		set_add(set, (uint8_t)from, (uint8_t)to);
	}
	if (invert)
		set_invert(set);
	return emit_set(p);
}

static bool
parse_escape(struct parser *p)
{
	uint8_t *set;
	char     c;

	if (p->at == p->end)
		return wrong(p, "trailing backslash");
	c = *p->at++;
	switch (c) {
	case 'A':
		return emit(p, OP_BEGIN, 0, 0);
	case 'z':
		return emit(p, OP_END, 0, 0);
	case 'b':
		return emit(p, OP_EDGE, 0, 0);
	case 'B':
		return emit(p, OP_NO_EDGE, 0, 0);
	}
	set = new_set(p);
	if (set == NULL)
		return false;
	if (set_add_class(set, c))
		return emit_set(p);
	return escaped(p, c, &c) && emit(p, OP_CHAR, (uint8_t)c, 0);
}

static bool parse_either(struct parser *p);

/* Read the rest of (...). */
static bool
parse_group(struct parser *p)
{
	if (p->nesting == NESTING_MAX)
		return wrong(p, "expression nests too deeply");
	if (accept(p, '?') && !accept(p, ':'))
		return wrong(p, "of groups with ? there is only (?:");
	p->nesting++;
	if (!parse_either(p))
		return false;
	p->nesting--;
	return accept(p, ')') || wrong(p, "missing closing )");
}

/* Read a number; a number above REPEAT_MAX becomes REPEAT_MAX + 1.  Returns
 * false if there is none. */
static bool
parse_number(const char **at, const char *end, uint32_t *n)
{
	const char *start = *at;

	for (*n = 0; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		*n = MIN(*n * 10 + (uint32_t)(**at - '0'), REPEAT_MAX + 1U);
	return *at > start;
}

/* Read {n}, {n,} or {n,m}; for {n,}, *most is REPEAT_MAX + 1.  Returns false,
 * and reads nothing, if there is something else: any other { is a character. */
static bool
parse_counts(struct parser *p, uint32_t *least, uint32_t *most)
{
	const char *at = p->at;

	if (at == p->end || *at++ != '{' || !parse_number(&at, p->end, least))
		return false;
	*most = *least;
	if (at < p->end && *at == ',') {
		at++;
		if (!parse_number(&at, p->end, most))
			*most = REPEAT_MAX + 1;
		else if (*most > REPEAT_MAX)
			*least = REPEAT_MAX + 1;
	}
	if (at == p->end || *at++ != '}')
		return false;
	p->at = at;
	return true;
}

/* Read what stands between two operators: a character, a set or a group. */
static bool
parse_atom(struct parser *p)
{
	uint32_t least, most;
	char     c = *p->at;

	if (parse_counts(p, &least, &most))
		return wrong(p, "missing argument to {...}");
	p->at++;
	switch (c) {
	case '.':
		return emit(p, OP_ANY, 0, 0);
	case '[':
		return parse_set(p);
	case '(':
		return parse_group(p);
	case '\\':
		return parse_escape(p);
	case '^':
		return emit(p, OP_BEGIN, 0, 0);
	case '$':
		return emit(p, OP_END, 0, 0);
	case '*': case '+': case '?':
		return wrong(p, "missing argument to * + or ?");
	}
	return emit(p, OP_CHAR, (uint8_t)c, 0);
}

static bool
repeat_any(struct parser *p, uint32_t start)
{
	int32_t n = (int32_t)(p->re->ncode - start);

	return insert_split(p, start, n + 2) && emit(p, OP_JUMP, 0, -(n + 1));
}

static bool
repeat_maybe(struct parser *p, uint32_t start)
{
	return insert_split(p, start, (int32_t)(p->re->ncode - start) + 1);
}

static bool
repeat_some(struct parser *p, uint32_t start)
{
	return emit(p, OP_SPLIT, 0, (int32_t)start - (int32_t)p->re->ncode);
}

/* Append a copy of the n instructions at start. */
static bool
emit_copy(struct parser *p, const struct regexp_insn *part, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!emit(p, part[i].op, part[i].arg, part[i].to))
			return false;
	return true;
}

/* Turn x, the part from start on, into x{least,most}: xx followed by x* or
 * x?x?. */
static bool
repeat_counted(struct parser *p, uint32_t start, uint32_t least, uint32_t most)
{
	const struct regexp_insn *code = p->re->code;
	uint32_t n = p->re->ncode - start, last;
	bool     endless = most == REPEAT_MAX + 1;

	if (least > REPEAT_MAX || most < least)
		return wrong(p, "invalid repeat count");
	if (n == 0)
		return true;
	/* The copies are made of the part itself, which is dropped at the end.
	 */
	for (uint32_t i = 0; i < least + (endless ? 1 : most - least); i++) {
		last = p->re->ncode;
		if (!emit_copy(p, &code[start], n))
			return false;
		if (i >= least &&
		    !(endless ? repeat_any(p, last) : repeat_maybe(p, last)))
			return false;
	}
	memmove(&p->re->code[start], &code[start + n],
	    (p->re->ncode - start - n) * sizeof(code[0]));
	p->re->ncode -= n;
	return true;
}

/* Read an atom and the operator that repeats it, if there is one. */
static bool
parse_repeat(struct parser *p)
{
	uint32_t start = p->re->ncode, least, most;

	if (!parse_atom(p))
		return false;
	if (accept(p, '*')) {
		if (!repeat_any(p, start))
			return false;
	} else if (accept(p, '+')) {
		if (!repeat_some(p, start))
			return false;
	} else if (accept(p, '?')) {
		if (!repeat_maybe(p, start))
			return false;
	} else if (parse_counts(p, &least, &most)) {
		if (!repeat_counted(p, start, least, most))
			return false;
	} else {
		return true;
	}
	/* A ? here asks for the shortest match, but it only matters whether
	 * there is a match. */
	accept(p, '?');
	if (p->at < p->end && (strchr("*+?", *p->at) != NULL ||
	    parse_counts(p, &least, &most)))
		return wrong(p, "a repetition of a repetition: use (...)");
	return true;
}

/* Read atoms one after the other, up to a bar, the end, or the ) of an open
 * group. */
static bool
parse_in_turn(struct parser *p)
{
	while (p->at < p->end && *p->at != '|' && *p->at != ')')
		if (!parse_repeat(p))
			return false;
	if (p->at < p->end && *p->at == ')' && p->nesting == 0)
		return wrong(p, "unexpected )");
	return true;
}

/* Read x|y|z.  Until the end is known, the JUMPs to the end form a chain, in
 * which each holds its distance to the JUMP before; 0 ends the chain. */
static bool
parse_either(struct parser *p)
{
	struct regexp *re = p->re;
	uint32_t       start = re->ncode, jump, before = 0;

	while (parse_in_turn(p) && accept(p, '|')) {
		if (!insert_split(p, start, (int32_t)(re->ncode - start) + 2))
			return false;
		jump = re->ncode;
		if (!emit(p, OP_JUMP, 0, (int32_t)before - (int32_t)jump))
			return false;
		before = jump;
		start = re->ncode;
	}
	for (; before != 0; before = jump) {
		jump = before + (uint32_t)(int32_t)re->code[before].to;
		re->code[before].to = (int16_t)(re->ncode - before);
	}
	return p->why == NULL;
}

int
regexp_add(struct regexp *re, const char *text, size_t len, const char **why)
{
	struct parser p = { .re = re, .at = text, .end = text + len };
	uint32_t      start = re->ncode;

	if (parse_either(&p) && emit(&p, OP_MATCH, 0, 0))
		return (int)start;
	*why = p.why;
	return -1;
}

/* ---- Matching ---------------------------------------------------------- */

/* The states of the machine at one place of the text. */
struct states {
	uint32_t n;
	uint16_t pc[REGEXP_CODE];
	uint8_t  has[REGEXP_CODE / 8];
};

static void
states_clear(struct states *s)
{
	s->n = 0;
	memset(s->has, 0, sizeof(s->has));
}

static void
states_add(struct states *s, uint32_t pc)
{
	CHECK(pc < REGEXP_CODE);
	if (s->has[pc / 8] & 1 << pc % 8)
		return;
	s->has[pc / 8] |= (uint8_t)(1 << pc % 8);
	s->pc[s->n++] = (uint16_t)pc;
}

static bool
is_word(const char *s, size_t len, size_t i)
{
	return i < len && (is_alphanumeric(s[i]) || s[i] == '_');
}

/* Is the place before character i of s the edge of a word?  i may be 0 or
 * len. */
static bool
is_edge(const char *s, size_t len, size_t i)
{
	return is_word(s, len, i - 1) != is_word(s, len, i);
}

/*
 * Follow all states in now, at character i of s: a step that takes no character
 * adds a state to now, and a step that takes character i adds a state to next.
 * Returns true at a match.
 */
static bool
step(const struct regexp *re, struct states *now, struct states *next,
    const char *s, size_t len, size_t i)
{
	for (uint32_t k = 0; k < now->n; k++) {
		uint32_t pc = now->pc[k];
		const struct regexp_insn *insn = &re->code[pc];
		bool goes_on = false, takes = false;

		switch ((enum op)insn->op) {
		case OP_MATCH:
			return true;
		case OP_ANY:
			takes = i < len;
			break;
		case OP_CHAR:
			takes = i < len && (uint8_t)s[i] == insn->arg;
			break;
		case OP_SET:
			takes = i < len && set_has(re->set[insn->arg], s[i]);
			break;
		case OP_SPLIT:
			goes_on = true;
			states_add(now, pc + (uint32_t)(int32_t)insn->to);
			break;
		case OP_JUMP:
			states_add(now, pc + (uint32_t)(int32_t)insn->to);
			break;
		case OP_BEGIN:
			goes_on = i == 0;
			break;
		case OP_END:
			goes_on = i == len;
			break;
		case OP_EDGE:
			goes_on = is_edge(s, len, i);
			break;
		case OP_NO_EDGE:
			goes_on = !is_edge(s, len, i);
			break;
		}
		if (goes_on)
			states_add(now, pc + 1);
		if (takes)
			states_add(next, pc + 1);
	}
	return false;
}

bool
regexp_match(const struct regexp *re, int entry, const char *s, size_t len)
{
	struct states lists[2], *now = &lists[0], *next = &lists[1], *other;

	states_clear(now);
	for (size_t i = 0; i <= len; i++) {
		states_clear(next);
		states_add(now, (uint32_t)entry);	/* a match may begin */
		if (step(re, now, next, s, len, i))
			return true;
		other = now;
		now = next;
		next = other;
	}
	return false;
}
