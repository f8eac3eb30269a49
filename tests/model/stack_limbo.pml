/*
 * stack_limbo.pml - taking a page from a stack that others may touch
 * (runtime/stack/gstack_trim.c).
 *
 * One page, in frame 0 at first, of one goroutine X, which is parked.  Either
 * the page has a variable of X that others may store to, and is to be stashed;
 * or it lies below X's stack pointer, and is to be dropped (plain).  Two harts
 * run goroutines, X among them, which stores to the page when it runs.  Hart 1
 * may also be in a blocking call, without a P, and store to the variable from
 * there.  A hart that has a translation uses it; without one it walks the
 * table, and faults if the page is not mapped.  The collector condemns the page
 * while X is parked, stops the world once, and reaps the page.
 *
 * Frame 0 belongs to another owner once it is free.
 *
 * Claimed: no hart touches frame 0 when it is free, a page that X has stored to
 * since it was condemned is not dropped, and in the end the value that was
 * stored last is there.
 *
 *	BROKEN=1  a hart that gets a P does not forget its translations
 *	BROKEN=2  the hart in a blocking call is not interrupted
 *	BROKEN=3  the reaper does not ask whether X has run
 *	BROKEN=4  a fault at a condemned page maps another frame
 *	BROKEN=5  the page is reaped without a look whether it is mapped again
 */
#ifndef BROKEN
#define BROKEN 0
#endif

#define NONE 2			/* no translation, or no page */

byte tlb[2] = NONE;		/* by hart: a frame */
byte mapped = 0;		/* the frame in the valid entry */
byte condemned = NONE;		/* the frame in the condemned one */
bool stashed;			/* the bytes are in a block */
bool is_free;			/* frame 0 */
bool has_run = true;		/* X, since a collection found it at rest */
bool x_runs;
bool has_p[2], blocked;		/* hart 1 is in a blocking call */
bool stopping;
byte epoch, caught_up[2];
bool stack_lock;
byte nended;
bool plain;			/* the page is to be dropped */
bool needed;			/* X has stored to it since */

byte memory[2], in_block, last;	/* the variable's value */

/* Hart h stores a new value in one instruction; before that it may fault, and
 * then does the steps of gstack_fault, one after the other. */
inline store(h)
{
	do
	:: atomic { tlb[h] != NONE ->
			assert(!(tlb[h] == 0 && is_free));
			last = 1 - last; memory[tlb[h]] = last };
		break
	:: atomic { tlb[h] == NONE && mapped != NONE ->
			tlb[h] = mapped;
			last = 1 - last; memory[mapped] = last };
		break
	:: atomic { tlb[h] == NONE && mapped == NONE && !stack_lock ->
			stack_lock = true };
		if
		:: mapped != NONE
		:: mapped == NONE && condemned != NONE && BROKEN != 4 ->
			atomic { mapped = condemned; condemned = NONE }
		:: else ->
			/* The fault takes frame 1. */
			if
			:: stashed -> memory[1] = in_block; stashed = false
			:: else
			fi;
			atomic { mapped = 1; condemned = NONE }
		fi;
		stack_lock = false
	od
}

/* acquirep: catch up with the epoch. */
inline get_p(h)
{
	atomic { !has_p[h] && !stopping && !(h == 1 && blocked) ->
			has_p[h] = true };
	if
	:: caught_up[h] != epoch && BROKEN != 1 ->
		atomic { tlb[h] = NONE; caught_up[h] = epoch }
	:: else
	fi
}

proctype Hart(byte h)
{
	byte turns = 0;

	do
	:: turns < 4 && !has_p[h] && !(h == 1 && blocked) && !stopping ->
		get_p(h)
	:: turns < 4 && has_p[h] && !plain ->
		turns++;
		store(h)
	:: turns < 4 && has_p[h] && h == 1 && !plain && !stopping ->
		turns++;
		atomic { blocked = true; has_p[1] = false };
		store(h);
		store(h);
		blocked = false
	:: atomic { turns < 4 && has_p[h] && !x_runs ->
			x_runs = true; has_run = true };
		turns++;
		store(h);
		needed = true;
		x_runs = false
	:: has_p[h] && stopping && !x_runs -> has_p[h] = false
	:: has_p[h] && turns == 4 -> has_p[h] = false
	:: !has_p[h] && turns == 4 && !blocked -> break
	od;
	nended++
}

proctype Collector()
{
	byte frame;

	/* Step 1: X is at rest and claimed.  What X stored below its stack
	 * pointer before that is of no use any more. */
	atomic { !x_runs && !stack_lock && mapped != NONE ->
		stack_lock = true; has_run = false; needed = false };
	atomic { condemned = mapped; mapped = NONE };
	stack_lock = false;

	/* Step 2. */
	stopping = true;
	!has_p[0] && !has_p[1];
	epoch++;
	stopping = false;

	/* Step 3. */
	if
	:: blocked && caught_up[1] != epoch && BROKEN != 2 ->
		tlb[1] = NONE
	:: else
	fi;

	/* Step 4. */
	atomic { !stack_lock -> stack_lock = true };
	if
	:: condemned != NONE && (!has_run || BROKEN == 3) ->
		frame = condemned;
		assert(!plain || !needed);
		in_block = memory[frame];
		atomic { condemned = NONE; stashed = !plain };
		is_free = (frame == 0)
	:: mapped == 0 && !has_run && BROKEN == 5 ->
		in_block = memory[0];
		atomic { mapped = NONE; stashed = !plain };
		is_free = true
	:: else ->
		if
		:: condemned != NONE ->
			atomic { mapped = condemned; condemned = NONE }
		:: else
		fi
	fi;
	stack_lock = false;
	nended++
}

/* When all is over, check the value of the variable, wherever it is. */
proctype Reader()
{
	atomic {
		nended == 3 ->
		if
		:: mapped != NONE -> assert(memory[mapped] == last)
		:: mapped == NONE && condemned != NONE ->
			assert(memory[condemned] == last)
		:: else -> assert(plain && !needed ||
			stashed && in_block == last)
		fi
	}
}

init
{
	if
	:: plain = true
	:: plain = false
	fi;
	atomic {
		run Hart(0);
		run Hart(1);
		run Collector();
		run Reader()
	}
}
