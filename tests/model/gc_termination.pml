/*
 * gc_termination.pml - when is marking over?  (gc/marker.c, steps 1 to 5)
 *
 * Two Ps mutate a chain of objects and mark it, each step at its own time; the
 * collector decides when marking is over.  An object is white, or grey in some
 * P's buffer or on the shared list, or black.  A P is at a safe point unless it
 * is between taking an object and having scanned it.
 *
 * Claimed: when the collector says that marking is over, no goroutine can reach
 * a white object.
 *
 * NO_LOOK=1 leaves the final look (4) out, and the claim still holds: MARKER-4.
 *
 *	BROKEN=1  no final look, and a round only asks whether buffers are
 *		  empty, not whether the P has been clean since the last round
 *	BROKEN=2  a store does not shade what it overwrites
 *	BROKEN=3  the final look, but by a collector that has not asked the
 *		  shared list
 */
#ifndef BROKEN
#define BROKEN 0
#endif
#ifndef NO_LOOK
#define NO_LOOK 0
#endif
#define NO   3			/* number of objects; also: no object */
#define BIT(o) (1 << (o))

byte edge[NO];			/* o -> edge[o] */
byte white, shared;		/* sets of objects */
byte own[2];
byte hand[2];			/* what P's goroutine has in a register */
byte cur[2];
bool dirty[2], busy[2];
bool over;

inline shade(p, o)
{
	if
	:: o != NO && (white & BIT(o)) ->
		white = white & ~BIT(o);
		own[p] = own[p] | BIT(o);
		dirty[p] = true
	:: else
	fi
}

inline store(p, at, value)
{
	if
	:: BROKEN != 2 -> shade(p, edge[at])
	:: else
	fi;
	edge[at] = value
}

/* Set o to the lowest object of set. */
inline lowest(set, o)
{
	o = 0;
	do
	:: set & BIT(o) -> break
	:: else -> o++
	od
}

proctype P(byte p)
{
	do
	:: over -> break
	:: atomic { !busy[p] && !over -> hand[p] = edge[0] }
	:: atomic { !busy[p] && !over && hand[p] != NO ->
		hand[p] = edge[hand[p]] }
	:: atomic { !busy[p] && !over && edge[0] != NO -> store(p, 0, NO) }
	:: atomic { !busy[p] && !over && edge[1] != NO -> store(p, 1, NO) }
	:: atomic { !busy[p] && !over && hand[p] != NO && hand[p] != 0 ->
		store(p, 0, hand[p]) }
	:: atomic { !busy[p] && !over && own[p] != 0 ->
		lowest(own[p], cur[p]);
		own[p] = own[p] & ~BIT(cur[p]);
		busy[p] = true }
	:: atomic { !busy[p] && !over && own[p] == 0 && shared != 0 ->
		lowest(shared, cur[p]);
		shared = shared & ~BIT(cur[p]);
		dirty[p] = true;
		busy[p] = true }
	:: atomic { busy[p] ->
		shade(p, edge[cur[p]]);
		cur[p] = 0;
		busy[p] = false }
	:: atomic { !busy[p] && own[p] != 0 ->
		shared = shared | own[p];
		own[p] = 0 }
	od
}

inline harvest(p)
{
	atomic {
		!busy[p] ->
		if
		:: own[p] != 0 || (dirty[p] && BROKEN != 1) -> clean = false
		:: else
		fi;
		shared = shared | own[p];
		own[p] = 0;
		dirty[p] = false
	}
}

/* Assert that no object is white that a goroutine can reach. */
inline check()
{
	byte at = 0;

	do
	:: at != NO -> assert(!(white & BIT(at))); at = edge[at]
	:: else -> break
	od;
	at = hand[0];
	do
	:: at != NO -> assert(!(white & BIT(at))); at = edge[at]
	:: else -> break
	od;
	at = hand[1];
	do
	:: at != NO -> assert(!(white & BIT(at))); at = edge[at]
	:: else -> break
	od
}

proctype Collector()
{
	bool clean;

again:
	BROKEN == 3 || shared == 0;				/* 1 */
	clean = true;
	harvest(0);						/* 2 */
	harvest(1);
	if
	:: !clean -> goto again					/* 3 */
	:: else
	fi;
	atomic {						/* 4 */
		!busy[0] && !busy[1] ->
		if
		:: BROKEN != 1 && !NO_LOOK && ((shared != 0 && BROKEN != 3) ||
		    own[0] != 0 || own[1] != 0) -> goto again
		:: else
		fi;
		over = true;					/* 5 */
		check()
	}
}

init
{
	atomic {
		edge[0] = 1;
		edge[1] = 2;
		edge[2] = NO;
		hand[0] = NO;
		hand[1] = NO;
		white = BIT(1) | BIT(2);
		shared = BIT(0);
		dirty[0] = true;
		dirty[1] = true;
		run P(0);
		run P(1);
		run Collector()
	}
}
