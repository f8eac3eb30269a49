/*
 * world_stop.pml - stopping the world (runtime/sched/world.c).
 *
 * Two Ms with a P each, which run, go idle and come back; one hart that stops
 * the world.  A step in braces is what is done under sched.lock; between two
 * steps any process may act.
 *
 * Claimed: the stop ends, and from then until the start no M has a P.
 *
 *	BROKEN=1  an M that goes idle does not look whether a stop is under way
 *	BROKEN=2  an idle M takes a P without that look
 */
#ifndef BROKEN
#define BROKEN 0
#endif

bool stopping, is_stopped;
byte stopwait, npidle;
bool attention[2], has_p[2];
byte starts;

inline hand_in(m)
{
	has_p[m] = false;
	stopwait--
}

proctype M(byte m)
{
	byte turns = 0;

	do
	:: has_p[m] && attention[m] ->
		/* The scheduler: step 1 of find_runnable. */
		atomic {
			attention[m] = false;
			if
			:: stopping -> hand_in(m)
			:: else
			fi
		}
	:: has_p[m] && turns < 2 -> turns++	/* a goroutine runs */
	:: atomic { has_p[m] ->			/* nothing to run */
			if
			:: stopping && BROKEN != 1 -> hand_in(m)
			:: else -> has_p[m] = false; npidle++
			fi }
	:: atomic { !has_p[m] && npidle > 0 && turns < 2 &&
		    (!stopping || BROKEN == 2) ->
			npidle--; has_p[m] = true }
	:: !has_p[m] && starts == 2 -> break
	od
}

proctype Stopper()
{
	do
	:: starts < 2 ->
		atomic {
			stopping = true;
			stopwait = 2 - npidle;
			attention[0] = has_p[0];
			attention[1] = has_p[1]
		};
		stopwait == 0;
		is_stopped = true;
		assert(!has_p[0] && !has_p[1]);
		assert(!has_p[0] && !has_p[1]);
		is_stopped = false;
		atomic {
			stopping = false;
			npidle = 2;
			starts++
		}
	:: starts == 2 -> break
	od
}

init
{
	atomic {
		has_p[0] = true;
		has_p[1] = true;
		run M(0);
		run M(1);
		run Stopper()
	}
}
