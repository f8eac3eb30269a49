/*
 * wake.pml - no M sleeps while there is work and a P (runtime/sched/idle.c).
 *
 * Three Ms and three Ps.  M 0 runs a goroutine that submits work to the queue
 * of its own P twice, and then computes for ever.  M 1 is looking for work, M 2
 * sleeps.  Every step is one access to shared memory, in program order: the
 * model takes the fences of idle.c for granted, and gives their letters.  An
 * atomic block is what is done under sched.lock.
 *
 * Claimed: when nothing more happens, no work is left (IDLE-1).
 *
 *	BROKEN=1  an M that drops its P does not look at needspinning (Go 45867)
 *	BROKEN=2  an M that stops spinning does not look at the queues again
 */
#ifndef BROKEN
#define BROKEN 0
#endif

byte queue, npidle = 1, nmidle = 1, nmspinning;
bool needspinning;
bool asleep[3], woken[3], spinning[3];

/* Start an M that holds a P and spins; the caller has counted it as
 * spinning. */
inline start_pair()
{
	atomic {
		if
		:: npidle > 0 && nmidle > 0 ->
			npidle--; nmidle--;
			if
			:: asleep[1] -> asleep[1] = false; woken[1] = true;
				spinning[1] = true
			:: asleep[2] -> asleep[2] = false; woken[2] = true;
				spinning[2] = true
			fi
		:: else ->
			needspinning = true;
			nmspinning--
		fi
	}
}

inline wakep()
{
	if
	:: npidle > 0 && nmidle > 0 -> skip
	:: else -> needspinning = true				/* (c) */
	fi;
	if
	:: npidle > 0 && nmidle > 0 ->				/* (a) */
		atomic {
			if
			:: nmspinning == 0 -> nmspinning++; claimed = true
			:: else -> claimed = false
			fi
		};
		if
		:: claimed -> start_pair()
		:: else
		fi
	:: else
	fi
}

proctype M0()
{
	byte n = 0;
	bool claimed;

	do
	:: n < 2 -> queue++; n++; wakep()
	:: n == 2 -> break
	od;
	/* And now it computes for ever. */
}

proctype M(byte m)
{
	bool got, claimed;

	if
	:: m == 2 -> goto end_sleep	/* sleeps to begin with */
	:: else
	fi;
look:
	atomic {
		got = false;
		if
		:: queue > 0 -> queue--; got = true
		:: else
		fi
	};
	if
	:: got ->
		if
		:: spinning[m] ->
			spinning[m] = false;
			nmspinning--;
			wakep()
		:: else
		fi;
		goto look
	:: else
	fi;
	/* Spin or not: whether few enough other Ms spin is left open. */
	if
	:: !spinning[m] -> atomic {
		spinning[m] = true; nmspinning++; needspinning = false };
		goto look
	:: true
	fi;
	atomic {					/* drops its P */
		npidle++;
		if
		:: !spinning[m] && needspinning && BROKEN != 1 -> /* (d) */
			npidle--;
			spinning[m] = true; nmspinning++;
			needspinning = false;
			goto look
		:: else
		fi
	};
	if
	:: spinning[m] ->
		spinning[m] = false;
		nmspinning--;
		if
		:: queue > 0 && BROKEN != 2 -> atomic {		/* (b) */
			if
			:: npidle > 0 ->
				npidle--;
				spinning[m] = true; nmspinning++;
				needspinning = false;
				goto look
			:: else
			fi }
		:: else
		fi
	:: else
	fi;
	atomic {					/* stopm */
		nmidle++;
		asleep[m] = true;
		if
		:: needspinning && npidle > 0 && BROKEN != 1 ->	/* (d) */
			nmidle--;
			asleep[m] = false;
			npidle--;
			spinning[m] = true; nmspinning++;
			needspinning = false;
			goto look
		:: else
		fi
	};
end_sleep:
	woken[m];
	woken[m] = false;
	goto look
}

/* Judge when nothing can happen any more. */
active proctype Judge()
{
	timeout -> assert(queue == 0)
}

init
{
	atomic {
		asleep[2] = true;
		run M0();
		run M(1);
		run M(2)
	}
}
