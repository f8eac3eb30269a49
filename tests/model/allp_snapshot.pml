/*
 * allp_snapshot.pml - an M without a P reads the array of Ps (runtime/sched/allp.h,
 * Go issue 74414).
 *
 * M takes a snapshot of allp while it holds a P, drops the P, and reads on.
 * The resizer stops the world, which waits for Ps only, and replaces the array.
 * The collector frees each array to which neither allp leads nor the snapshot
 * of M, if the snapshot is a root.
 *
 * Claimed: M never reads a freed array.
 *
 *	BROKEN=1  the snapshot is on M's stack, which is no root
 *	BROKEN=2  the snapshot is cleared before the last read
 */
#ifndef BROKEN
#define BROKEN 0
#endif
#define ARRAYS 4
#define NONE   ARRAYS

byte allp;
byte snapshot = NONE;		/* on the M: a root */
bool freed[ARRAYS];
bool m_has_p = true, stopped;

active proctype M()
{
	byte mine = NONE;
	byte turns = 0;

	do
	:: turns < 2 ->
		atomic {
			mine = allp;
			if
			:: BROKEN != 1 -> snapshot = allp
			:: else
			fi
		}
		m_has_p = false;
		if
		:: BROKEN == 2 -> snapshot = NONE
		:: else
		fi;
		assert(!freed[mine]);
		assert(!freed[mine]);
		/* Take a P again: not while the world is stopped. */
		atomic { !stopped -> m_has_p = true };
		snapshot = NONE;
		turns++
	:: turns == 2 -> m_has_p = false; break
	od
}

active proctype Resizer()
{
	byte n = 0;

	do
	:: n < 2 ->
		stopped = true;
		!m_has_p;
		n++;
		allp = n;
		stopped = false
	:: n == 2 -> break
	od
}

active proctype Collector()
{
	byte i, cycles = 0;

	do
	:: cycles < 3 ->
		atomic {
			i = 0;
			do
			:: i < allp ->
				if
				:: i != snapshot -> freed[i] = true
				:: else
				fi;
				i++
			:: else -> break
			od
		};
		cycles++
	:: cycles == 3 -> break
	od
}
