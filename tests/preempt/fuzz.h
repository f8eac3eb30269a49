/*
 * fuzz.h - every public function with any arguments.
 *
 * fuzz_calls.c has an entry for each function and macro of include/antler.h
 * that programs may use, and tools/lint says so if one is missing.  An entry
 * makes one call, with arguments that it takes from the generators below: good
 * ones, NULL, addresses of nothing, of text, constants, stacks, misaligned and
 * interior pointers, objects of another kind, stale ones, and memory full of
 * junk; lengths that are 0, 1, or more than any machine has.  tests/unit/
 * test_fuzz.c makes the calls and looks at how they end.
 *
 * All of it is in the text of programs, where what a program inlines faults.
 *
 *	FUZZ-1	A call is a function of fuzz->seed: the same seed, the same
 *		arguments, but for where objects lie.
 *	FUZZ-2	A function that writes to memory by its contract gets only
 *		memory that is nobody else's: what a store through a pointer to
 *		a live object of the runtime does, nobody can catch.  One that
 *		wants an object of the runtime gets any memory.
 *	FUZZ-3	What a call may wait at is the call's own, so that its goroutine
 *		can be let go without harm to anybody.
 */
#pragma once

#include "include/antler.h"
#include "lib/compiler.h"
#include "lib/rand.h"

enum { FUZZ_MEM = 2048 };

/* One call. */
struct fuzz {
	const struct fuzz_call *call;
	uint64_t seed;
	struct rand rand;
	uint64_t mem[FUZZ_MEM / 8];	/* the call's own, full of junk */
	uint64_t *root;			/* two more words: a global */
};

struct fuzz_call {
	const char *name;
	void      (*run)(struct fuzz *f);
	uint32_t    one_in;	/* a heavy one is made so seldom */
};

extern const struct fuzz_call fuzz_calls[];
extern const uint32_t         fuzz_ncalls;

/* Make the objects that calls share: before the first call, and again now and
 * then, while there is no call.  The second ends them.  A goroutine. */
void fuzz_renew(void);
void fuzz_end(void);

/* Fill f's memory with junk, as f->seed says.  Then f->call->run may be called,
 * by a goroutine of its own. */
void fuzz_prepare(struct fuzz *f);

/* ---- generators ---- */

/* True once in n times. */
bool fuzz_once_in(struct fuzz *f, uint32_t n);

/* One of the n words of list. */
uint64_t fuzz_pick(struct fuzz *f, const uint64_t *list, uint32_t n);
#define FUZZ_PICK(f, ...)                                                    \
	fuzz_pick(f, (const uint64_t[]){ __VA_ARGS__ },                      \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* An address of no memory, or of memory that cannot be written; never such that
 * can. */
void *fuzz_nowhere(struct fuzz *f);

/* An address of no memory. */
void *fuzz_unreadable(struct fuzz *f);

/* size bytes of the call's own, aligned to align, full of junk; or misaligned,
 * nowhere, NULL.  The second: never misaligned or nowhere, the third: always
 * of zeros. */
void *fuzz_memory(struct fuzz *f, size_t size, size_t align);
void *fuzz_own(struct fuzz *f, size_t size, size_t align);
void *fuzz_zeros(struct fuzz *f, size_t size, size_t align);

/* An address of anything that can be read, or of nothing. */
void *fuzz_anything(struct fuzz *f);

/* good, mostly; else something that is not, for a function that finds out
 * before it writes. */
void *fuzz_object(struct fuzz *f, void *good);

/* Objects of a kind; mostly good, of any state. */
struct chan    *fuzz_chan(struct fuzz *f);
struct timer   *fuzz_timer(struct fuzz *f);
struct context *fuzz_ctx(struct fuzz *f);
struct group   *fuzz_group(struct fuzz *f);
struct ctx_after *fuzz_after(struct fuzz *f);
struct g       *fuzz_g(struct fuzz *f);
const struct gc_type *fuzz_type(struct fuzz *f);
struct slice    fuzz_slice(struct fuzz *f, const struct gc_type *elem);
struct weak     fuzz_weak(struct fuzz *f);
const char     *fuzz_text(struct fuzz *f);

/* The type of what is in places of fuzz_place: one of a few good ones. */
const struct gc_type *fuzz_good_type(struct fuzz *f);

/* Numbers: any, lengths that the machine has memory for or that none has,
 * times that are soon or never. */
uint64_t fuzz_u64(struct fuzz *f);
int      fuzz_int(struct fuzz *f);
size_t   fuzz_len(struct fuzz *f);
int64_t  fuzz_soon(struct fuzz *f);
int64_t  fuzz_when(struct fuzz *f);

/* Functions: one to be run later by others, or NULL; one that is called at
 * once, or an address of none. */
typedef void (*fuzz_fn)(void *arg);
fuzz_fn fuzz_later(struct fuzz *f);
fuzz_fn fuzz_now(struct fuzz *f);
