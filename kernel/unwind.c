/*
 * unwind.c - finds the caller of a frame, and the caller's registers.
 *
 * .eh_frame is a list of records.  A CIE (common information entry) holds what
 * several functions share.  An FDE (frame description entry) covers one range
 * of addresses and holds a program for a small machine.  The state of that
 * machine is a row of rules: how to compute the CFA (canonical frame address,
 * the value of sp before the call) and, for each register, where the caller's
 * value is.  We run the CIE's program, then the FDE's up to the pc, and apply
 * the row (DWARF 5, 6.4; the encodings of .eh_frame from the Linux Standard
 * Base 5.0, ch. 10.6).
 *
 * Done here:	every rule that gcc and clang emit for C, and those of the
 *		assembler's .cfi directives.
 * Not done:	rules that are DWARF expressions, which compilers use only for
 *		stacks realigned with alloca and for PLTs.  Such a frame ends
 *		the backtrace.
 *
 * The records come from our own compilers and are sound; but if the machine is
 * broken, a report must not fail on damaged records.  So every read checks for
 * the end of its record, and anything unexpected ends the backtrace.
 *
 * The search for an FDE is linear and takes some ten thousand instructions.
 * For a report that is fast enough, for a goroutine that recovers from a panic
 * it is not.  So the FDEs that were found are remembered by pc, in a table that
 * needs no lock: an entry is only a guess, and the FDE that it names tells
 * whether it covers the pc.
 *
 * Rejected: the sorted index .eh_frame_hdr, because not every linker that we
 * use can make it.
 */
#include "kernel/unwind.h"

#include "kernel/hart.h"
#include "lib/atomic.h"
#include "lib/str.h"

extern const uint8_t __eh_frame_start[], __eh_frame_end[];

enum {
	REG_RA = 1, REG_SP = 2,
	NINTS = 32,		/* integer registers; the floating-point ones
				 * have the numbers after them */
	NREGS = 64,
	ROWS_MAX = 2,		/* nesting of remember_state; compilers use 1 */
	GUESSES = 1024,
};

/* Encodings of addresses in .eh_frame. */
enum pointer_encoding {
	PE_ABSPTR = 0x00, PE_UDATA4 = 0x03, PE_UDATA8 = 0x04,
	PE_SDATA4 = 0x0b, PE_SDATA8 = 0x0c,
	PE_FORMAT = 0x0f, PE_PCREL = 0x10, PE_OMIT = 0xff,
};

/* Operations; the first three keep an operand in their low six bits. */
enum cfa_op {
	CFA_ADVANCE_LOC = 0x40, CFA_OFFSET = 0x80, CFA_RESTORE = 0xc0,
	CFA_NOP = 0x00, CFA_SET_LOC = 0x01, CFA_ADVANCE_LOC1 = 0x02,
	CFA_ADVANCE_LOC2 = 0x03, CFA_ADVANCE_LOC4 = 0x04,
	CFA_OFFSET_EXTENDED = 0x05, CFA_RESTORE_EXTENDED = 0x06,
	CFA_UNDEFINED = 0x07, CFA_SAME_VALUE = 0x08, CFA_REGISTER = 0x09,
	CFA_REMEMBER_STATE = 0x0a, CFA_RESTORE_STATE = 0x0b,
	CFA_DEF_CFA = 0x0c, CFA_DEF_CFA_REGISTER = 0x0d,
	CFA_DEF_CFA_OFFSET = 0x0e, CFA_OFFSET_EXTENDED_SF = 0x11,
	CFA_DEF_CFA_SF = 0x12, CFA_DEF_CFA_OFFSET_SF = 0x13,
	CFA_VAL_OFFSET = 0x14, CFA_VAL_OFFSET_SF = 0x15,
	CFA_GNU_ARGS_SIZE = 0x2e,
};

/* A cursor over bytes.  A read past the end sets bad, which stays set. */
struct reader {
	const uint8_t *at, *end;
	bool           bad;
};

/* The contents of a CIE. */
struct cie {
	struct reader program;
	uint64_t      code_align;
	int64_t       data_align;
	uint32_t      ra;		/* the column of the return address */
	uint8_t       encoding;		/* of addresses in the FDEs */
	bool          augmented;	/* FDEs have augmentation data */
	bool          signal;		/* the caller was interrupted: it made
					 * no call */
};

/* Where the caller's value of a register is. */
enum rule_kind {
	RULE_SAME,		/* it is still in the register */
	RULE_UNDEFINED,		/* it is lost */
	RULE_OFFSET,		/* it is in memory at CFA + rule.value */
	RULE_VAL_OFFSET,	/* it is CFA + rule.value itself */
	RULE_REGISTER,		/* it is in register number rule.value */
};

struct rule {
	uint8_t kind;		/* enum rule_kind */
	int32_t value;
};

/* In known, bit i is set if reg[i] is the rule of register i.  The rule of each
 * other register is RULE_SAME. */
struct row {
	uint32_t    cfa_reg;
	int64_t     cfa_offset;
	uint64_t    known;
	struct rule reg[NREGS];
};

/* The machine that runs a program of a record. */
struct machine {
	const struct cie *cie;
	uintptr_t         loc;		/* the row is valid from this pc on */
	struct row        row;
	struct row        initial;	/* after the CIE's program */
	struct row        saved[ROWS_MAX];
	uint32_t          nsaved;
};

/* A word of .eh_frame.  Nearly all words there are aligned. */
typedef uint32_t __attribute__((may_alias)) word;

/* Read a little-endian number of nbytes bytes. */
static uint64_t
read_fixed(struct reader *r, size_t nbytes)
{
	uint64_t n = 0;

	if ((size_t)(r->end - r->at) < nbytes) {
		r->bad = true;
		r->at = r->end;
		return 0;
	}
	if (nbytes == sizeof(word) && (uintptr_t)r->at % sizeof(word) == 0) {
		r->at += sizeof(word);
		return ((const word *)r->at)[-1];
	}
	for (size_t i = 0; i < nbytes; i++)
		n |= (uint64_t)*r->at++ << (8 * i);
	return n;
}

INLINE uint8_t
read_byte(struct reader *r)
{
	if (UNLIKELY(r->at >= r->end)) {
		r->bad = true;
		return 0;
	}
	return *r->at++;
}

static uint64_t
read_uleb(struct reader *r)
{
	uint64_t n = 0;

	/* Nearly all numbers are one byte long. */
	if (r->at < r->end && *r->at < 0x80)
		return *r->at++;
	for (unsigned shift = 0; !r->bad; shift += 7) {
		uint64_t byte = read_byte(r);

		if (shift < 64)
			n |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return n;
}

static int64_t
read_sleb(struct reader *r)
{
	uint64_t n = 0, byte = 0x80;
	unsigned shift = 0;

	while (!r->bad && byte >= 0x80) {
		byte = read_byte(r);
		if (shift < 64)
			n |= (byte & 0x7f) << shift;
		shift += 7;
	}
	if (shift < 64 && (byte & 0x40) != 0)
		n |= ~0UL << shift;
	return (int64_t)n;
}

/* Read an address in the given encoding. */
static uintptr_t
read_pointer(struct reader *r, uint8_t encoding)
{
	uintptr_t base = (encoding & PE_PCREL) != 0 ? (uintptr_t)r->at : 0;

	switch (encoding & PE_FORMAT) {
	case PE_ABSPTR:
	case PE_UDATA8:
	case PE_SDATA8:
		return base + read_fixed(r, 8);
	case PE_UDATA4:
		return base + read_fixed(r, 4);
	case PE_SDATA4:
		return base + (uintptr_t)(int64_t)(int32_t)read_fixed(r, 4);
	default:
		r->bad = true;
		return 0;
	}
}

/*
 * Make *record the contents of the record at r, and move r behind that record.
 * Returns false at the end of the section.  Our records are all shorter than
 * 4 GiB.
 */
static bool
next_record(struct reader *r, struct reader *record)
{
	uint64_t len;

	if (r->at == r->end)
		return false;
	len = read_fixed(r, 4);
	if (r->bad || len == 0 || len > (size_t)(r->end - r->at))
		return false;
	*record = (struct reader){ .at = r->at, .end = r->at + len };
	r->at += len;
	return true;
}

/* Read the CIE whose contents are r.  Returns false if r is no CIE, or none
 * that we understand. */
static bool
read_cie(struct reader r, struct cie *cie)
{
	const char *augmentation;
	uint64_t    len = 0;

	*cie = (struct cie){ .encoding = PE_ABSPTR };
	/* In a CIE this is 0, in an FDE the distance to the CIE. */
	if (read_fixed(&r, 4) != 0)
		return false;
	uint64_t version = read_byte(&r);

	if (version != 1 && version != 3)
		return false;
	augmentation = (const char *)r.at;
	while (read_byte(&r) != 0)
		continue;
	if (r.bad)
		return false;
	cie->code_align = read_uleb(&r);
	cie->data_align = read_sleb(&r);
	cie->ra = (uint32_t)(version == 1 ? read_fixed(&r, 1) : read_uleb(&r));

	if (*augmentation == 'z') {
		cie->augmented = true;
		len = read_uleb(&r);
		augmentation++;
	}
	if (r.bad || len > (size_t)(r.end - r.at))
		return false;
	cie->program = (struct reader){ .at = r.at + len, .end = r.end };

	for (; *augmentation != '\0'; augmentation++) {
		switch (*augmentation) {
		case 'R':
			cie->encoding = (uint8_t)read_fixed(&r, 1);
			break;
		case 'P':	/* the personality: skipped */
			read_pointer(&r, (uint8_t)read_fixed(&r, 1));
			break;
		case 'L':	/* how the LSDA is encoded: skipped */
			read_fixed(&r, 1);
			break;
		case 'S':
			cie->signal = true;
			break;
		default:
			return false;
		}
	}
	return !r.bad && cie->ra < NINTS;
}

/* Where FDEs were found, by a hash of the pc that was searched for. */
static ATOMIC(const uint8_t *) guesses[GUESSES];	/* [a] */

/* Read the FDE at at: its CIE, the first address that it covers, and its
 * program.  Returns false if at is not an FDE that covers pc. */
static bool
read_fde(const uint8_t *at, uintptr_t pc, struct cie *cie, uintptr_t *start,
    struct reader *program)
{
	struct reader  record = { at, __eh_frame_end, false };
	struct reader  r, cie_at, cie_r;
	const uint8_t *field;
	uint64_t       back;
	uintptr_t      lo, len;

	if (!next_record(&record, &r))
		return false;
	field = r.at;
	back = read_fixed(&r, 4);
	if (r.bad || back == 0 ||	/* 0: a CIE */
	    back > (size_t)(field - __eh_frame_start))
		return false;
	cie_at = (struct reader){ field - back, __eh_frame_end, false };
	if (!next_record(&cie_at, &cie_r) || !read_cie(cie_r, cie))
		return false;
	lo = read_pointer(&r, cie->encoding);
	len = read_pointer(&r, cie->encoding & PE_FORMAT);
	if (r.bad || pc < lo || pc - lo >= len)
		return false;
	if (cie->augmented) {
		uint64_t skip = read_uleb(&r);

		if (r.bad || skip > (size_t)(r.end - r.at))
			return false;
		r.at += skip;
	}
	*start = lo;
	*program = r;
	return true;
}

/* Returns the address of the CIE of the FDE at at. */
static const uint8_t *
cie_of(const uint8_t *at)
{
	return at + 4 - *(const word *)(at + 4);
}

/*
 * Skip records from at on of which a few instructions can tell that they are
 * not the FDE of pc.  These are CIEs, and FDEs that do not cover pc and whose
 * CIE is the one at known; addresses in those FDEs are encoded as PE_PCREL |
 * PE_SDATA4.  Returns the first record that is not skipped, or the end of the
 * section.
 */
static const uint8_t *
skip_others(const uint8_t *at, uintptr_t pc, const uint8_t *known)
{
	while ((uintptr_t)at % sizeof(word) == 0 && __eh_frame_end - at >= 16) {
		const word *w = (const word *)at;

		if (w[0] < 12 || w[0] > (size_t)(__eh_frame_end - at) - 4)
			break;
		if (w[1] != 0 && (cie_of(at) != known ||
		    pc - ((uintptr_t)&w[2] + (uintptr_t)(int32_t)w[2]) < w[3]))
			break;
		at += 4 + w[0];
	}
	return at;
}

/* Search all records for the FDE that covers pc, read it, and remember it.
 * Returns false if there is none. */
static NOINLINE bool
search_fde(uintptr_t pc, struct cie *cie, uintptr_t *start,
    struct reader *program)
{
	struct reader section = { __eh_frame_start, __eh_frame_end, false };
	const uint8_t *known = NULL, *at;
	struct reader  r;

	do {
		at = section.at = skip_others(section.at, pc, known);
		cie->encoding = PE_OMIT;
		if (read_fde(at, pc, cie, start, program)) {
			/* relaxed: as in find_fde. */
			store_relaxed(&guesses[pc / 2 % GUESSES], at);
			return true;
		}
		/* If the encoding is set, read_fde has read the CIE. */
		if (cie->encoding == (PE_PCREL | PE_SDATA4))
			known = cie_of(at);
	} while (next_record(&section, &r));
	return false;
}

/* Find the FDE that covers pc, and read it as read_fde does.  Returns false if
 * there is none. */
static bool
find_fde(uintptr_t pc, struct cie *cie, uintptr_t *start,
    struct reader *program)
{
	/* relaxed: the FDE that a guess points to never changes, and is
	 * checked. */
	const uint8_t *at = load_relaxed(&guesses[pc / 2 % GUESSES]);

	if (at != NULL && read_fde(at, pc, cie, start, program))
		return true;
	return search_fde(pc, cie, start, program);
}

/* Set the rule of register reg.  Rules of vector registers are ignored.  No
 * frame is so large that value does not fit. */
static void
set_rule(struct machine *m, uint64_t reg, enum rule_kind kind, int64_t value)
{
	if (reg >= NREGS)
		return;
	m->row.reg[reg] = (struct rule){ (uint8_t)kind, (int32_t)value };
	m->row.known |= 1ULL << reg;
}

/* For each bit of set, lowest first, set i to its number. */
#define FOR_EACH_REG(i, set)                                               \
	for (uint64_t left_ = (set); left_ != 0 &&                         \
	     ((i) = (uint32_t)__builtin_ctzll(left_), true);               \
	     left_ &= left_ - 1)

static void
copy_row(struct row *to, const struct row *from)
{
	uint32_t i;

	to->cfa_reg = from->cfa_reg;
	to->cfa_offset = from->cfa_offset;
	to->known = from->known;
	FOR_EACH_REG(i, from->known)
		to->reg[i] = from->reg[i];
}

/* Give register reg the rule again that it has after the CIE's program. */
static void
restore_rule(struct machine *m, uint64_t reg)
{
	if (reg >= NREGS)
		return;
	if ((m->initial.known & 1ULL << reg) != 0)
		m->row.reg[reg] = m->initial.reg[reg];
	else
		m->row.known &= ~(1ULL << reg);
}

/* Run op if it is an operation with an operand in its low bits.  Returns false
 * if it is not. */
static bool
run_short_op(struct machine *m, uint8_t op, struct reader *r)
{
	uint64_t low = op & 0x3f;

	switch (op & 0xc0) {
	case CFA_ADVANCE_LOC:
		m->loc += low * m->cie->code_align;
		return true;
	case CFA_OFFSET:
		set_rule(m, low, RULE_OFFSET,
		    (int64_t)read_uleb(r) * m->cie->data_align);
		return true;
	case CFA_RESTORE:
		restore_rule(m, low);
		return true;
	default:
		return false;
	}
}

/* Run op if it is an operation that defines the CFA.  Returns false if it is
 * not. */
static bool
run_cfa_op(struct machine *m, uint8_t op, struct reader *r)
{
	struct row *row = &m->row;

	switch (op) {
	case CFA_DEF_CFA:
		row->cfa_reg = (uint32_t)read_uleb(r);
		row->cfa_offset = (int64_t)read_uleb(r);
		return true;
	case CFA_DEF_CFA_SF:
		row->cfa_reg = (uint32_t)read_uleb(r);
		row->cfa_offset = read_sleb(r) * m->cie->data_align;
		return true;
	case CFA_DEF_CFA_REGISTER:
		row->cfa_reg = (uint32_t)read_uleb(r);
		return true;
	case CFA_DEF_CFA_OFFSET:
		row->cfa_offset = (int64_t)read_uleb(r);
		return true;
	case CFA_DEF_CFA_OFFSET_SF:
		row->cfa_offset = read_sleb(r) * m->cie->data_align;
		return true;
	default:
		return false;
	}
}

/* Run op if it is an operation that sets the rule of a register.  Returns false
 * if it is not. */
static bool
run_rule_op(struct machine *m, uint8_t op, struct reader *r)
{
	int64_t  align = m->cie->data_align;
	uint64_t reg;

	switch (op) {
	case CFA_OFFSET_EXTENDED:
		reg = read_uleb(r);
		set_rule(m, reg, RULE_OFFSET, (int64_t)read_uleb(r) * align);
		return true;
	case CFA_OFFSET_EXTENDED_SF:
		reg = read_uleb(r);
		set_rule(m, reg, RULE_OFFSET, read_sleb(r) * align);
		return true;
	case CFA_VAL_OFFSET:
		reg = read_uleb(r);
		set_rule(m, reg, RULE_VAL_OFFSET,
		    (int64_t)read_uleb(r) * align);
		return true;
	case CFA_VAL_OFFSET_SF:
		reg = read_uleb(r);
		set_rule(m, reg, RULE_VAL_OFFSET, read_sleb(r) * align);
		return true;
	case CFA_REGISTER:
		reg = read_uleb(r);
		set_rule(m, reg, RULE_REGISTER, (int64_t)read_uleb(r));
		return true;
	case CFA_UNDEFINED:
		set_rule(m, read_uleb(r), RULE_UNDEFINED, 0);
		return true;
	case CFA_SAME_VALUE:
		set_rule(m, read_uleb(r), RULE_SAME, 0);
		return true;
	case CFA_RESTORE_EXTENDED:
		restore_rule(m, read_uleb(r));
		return true;
	default:
		return false;
	}
}

/* Run op if it is any other operation that we know.  Returns false if it is
 * not, or if it cannot be done. */
static bool
run_other_op(struct machine *m, uint8_t op, struct reader *r)
{
	switch (op) {
	case CFA_NOP:
		return true;
	case CFA_SET_LOC:
		m->loc = read_pointer(r, m->cie->encoding);
		return true;
	case CFA_ADVANCE_LOC1:
		m->loc += read_fixed(r, 1) * m->cie->code_align;
		return true;
	case CFA_ADVANCE_LOC2:
		m->loc += read_fixed(r, 2) * m->cie->code_align;
		return true;
	case CFA_ADVANCE_LOC4:
		m->loc += read_fixed(r, 4) * m->cie->code_align;
		return true;
	case CFA_REMEMBER_STATE:
		if (m->nsaved == ROWS_MAX)
			return false;
		copy_row(&m->saved[m->nsaved++], &m->row);
		return true;
	case CFA_RESTORE_STATE:
		if (m->nsaved == 0)
			return false;
		copy_row(&m->row, &m->saved[--m->nsaved]);
		return true;
	case CFA_GNU_ARGS_SIZE:
		read_uleb(r);
		return true;
	default:
		return false;
	}
}

/* Run the program r until its end or until the row for pc is complete.  Returns
 * false if the program makes no sense. */
static bool
run_program(struct machine *m, struct reader r, uintptr_t pc)
{
	while (r.at < r.end) {
		uint8_t op = read_byte(&r);

		if (!run_short_op(m, op, &r) && !run_cfa_op(m, op, &r) &&
		    !run_rule_op(m, op, &r) && !run_other_op(m, op, &r))
			return false;
		if (r.bad)
			return false;
		/* An operation that moves loc does not change the row, which
		 * therefore is still the row for pc. */
		if (m->loc > pc)
			return true;
	}
	return true;
}

/* Load the word at addr into *out.  Returns false if addr is not aligned or the
 * word does not lie within [lo, hi). */
static bool
load_stack(uintptr_t addr, uintptr_t lo, uintptr_t hi, uint64_t *out)
{
	if (addr % 8 != 0 || addr < lo || addr >= hi || hi - addr < 8)
		return false;
	*out = *(const uint64_t *)addr;
	return true;
}

static uint64_t *
reg_of(struct unwind_frame *frame, uint32_t reg)
{
	return reg < NINTS ? &frame->x[reg] : &frame->f[reg - NINTS];
}

/* Make *frame the frame of its caller by the rules of row; ra is the column of
 * the return address.  Returns false, with *frame unchanged, if that cannot be.
 * The CFA may lie on another stack, as in call_on_g0 (kernel/switch.S); words
 * that are loaded may not. */
static bool
apply_row(const struct row *row, uint32_t ra, struct unwind_frame *frame,
    uintptr_t stack_lo, uintptr_t stack_hi, uintptr_t *where)
{
	uint64_t  value[NREGS], changed = 0;
	uintptr_t cfa, pc;
	uint32_t  i;

	if (row->cfa_reg >= NINTS || ((row->known & 1ULL << ra) != 0 &&
	    row->reg[ra].kind == RULE_UNDEFINED))
		return false;
	cfa = frame->x[row->cfa_reg] + (uintptr_t)row->cfa_offset;
	/* Stacks grow down: on one stack, the caller's frame cannot lie below
	 * this one. */
	if (cfa < frame->x[REG_SP] && cfa >= stack_lo && cfa <= stack_hi)
		return false;

	/* Register 0 may have a rule, too: redirect_stub.S uses that column for
	 * the pc. */
	FOR_EACH_REG(i, row->known) {
		const struct rule *rule = &row->reg[i];
		uintptr_t at = cfa + (uintptr_t)(int64_t)rule->value;

		switch (rule->kind) {
		case RULE_SAME:
		case RULE_UNDEFINED:	/* stale; no caller may use it */
			continue;
		case RULE_OFFSET:
			if (!load_stack(at, stack_lo, stack_hi, &value[i]))
				return false;
			break;
		case RULE_VAL_OFFSET:
			value[i] = at;
			break;
		case RULE_REGISTER:
			if ((uint32_t)rule->value >= NREGS)
				return false;
			value[i] = *reg_of(frame, (uint32_t)rule->value);
			break;
		}
		changed |= 1ULL << i;
	}
	pc = (changed & 1ULL << ra) != 0 ? value[ra] : frame->x[ra];
	/* A function cannot return to its own pc with an unchanged sp: such a
	 * step would make no progress. */
	if (pc == 0 || (pc == frame->pc && cfa == frame->x[REG_SP]))
		return false;
	frame->pc = pc;
	frame->x[REG_SP] = cfa;
	FOR_EACH_REG(i, changed) {
		*reg_of(frame, i) = value[i];
		if (where != NULL && i < NINTS &&
		    row->reg[i].kind == RULE_OFFSET)
			where[i] = cfa + (uintptr_t)(int64_t)row->reg[i].value;
	}
	return true;
}

void
unwind_begin(struct unwind_frame *frame, const struct ctx *ctx)
{
	*frame = (struct unwind_frame){ .pc = ctx->ra, .is_call = true };
	frame->x[REG_RA] = ctx->ra;
	frame->x[REG_SP] = ctx->sp;
	frame->x[8] = ctx->s[0];
	frame->x[9] = ctx->s[1];
	for (int i = 2; i < 12; i++)
		frame->x[16 + i] = ctx->s[i];
}

bool
unwind_step(struct unwind_frame *frame, uintptr_t stack_lo, uintptr_t stack_hi)
{
	return unwind_step_where(frame, stack_lo, stack_hi, NULL);
}

bool
unwind_step_where(struct unwind_frame *frame, uintptr_t stack_lo,
    uintptr_t stack_hi, uintptr_t where[32])
{
	/* If a call is the last instruction of a function, its return address
	 * lies in the next function.  The call itself does not, so look up a pc
	 * within the call. */
	uintptr_t      pc = frame->is_call ? frame->pc - 1 : frame->pc;
	struct cie     cie;
	struct machine m;
	struct reader  program;
	uintptr_t      start;

	if (!find_fde(pc, &cie, &start, &program))
		return false;
	m.cie = &cie;
	m.nsaved = 0;
	m.loc = 0;
	m.row.cfa_reg = NREGS;		/* none */
	m.row.cfa_offset = 0;		/* the value that gcc assumes */
	m.row.known = 0;
	if (!run_program(&m, cie.program, UINTPTR_MAX))
		return false;
	copy_row(&m.initial, &m.row);
	m.loc = start;
	if (!run_program(&m, program, pc))
		return false;

	if (!apply_row(&m.row, cie.ra, frame, stack_lo, stack_hi, where))
		return false;
	frame->is_call = !cie.signal;
	return true;
}
