"""runclock.py - the clock by which runs are bounded: the time that a process has
had, rather than the time that has passed.

A host that does other work as well lets a guest run for a part of the time only.
A limit in real time would then end runs that make progress.  This clock advances

 - by the processor time that the process and its descendants use, and
 - by real time while none of them uses a processor or waits for one: a guest all
   of whose harts sleep would otherwise never reach a limit.

So it stands still while the host lets the process wait, and a loop of n threads
on n free processors makes it n times as fast as the clock on the wall.

Linux tells in /proc/PID/task/*/schedstat how long each thread has run and how
long it has waited for a processor.  Where that is missing, only the processor
time is known, and time of waiting counts as time of rest.
"""

import glob
import os
import time

TICKS = os.sysconf("SC_CLK_TCK")
LEAST = 0.2     # seconds between two looks at /proc


def counted(passed, used, waited):
    """How far the clock advances while passed seconds pass, in which threads used
    processors for used seconds, and waited for one for waited seconds, all
    together."""
    return used + max(0.0, passed - used - waited)


def family(pid):
    """pid and its descendants."""
    pids = [pid]
    for parent in pids:
        for path in glob.glob("/proc/%d/task/*/children" % parent):
            try:
                with open(path) as f:
                    pids += map(int, f.read().split())
            except OSError:
                pass        # it has ended meanwhile
    return pids


def times(pid):
    """Seconds that each thread of pid has run and waited, by its number."""
    found = {}
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
        try:
            with open(path) as f:
                ran, waited = f.read().split()[:2]
        except (OSError, ValueError):
            continue
        found[path] = int(ran) / 1e9, int(waited) / 1e9
    if not found:
        try:
            with open("/proc/%d/stat" % pid) as f:
                words = f.read().rpartition(")")[2].split()
            found[pid] = (int(words[11]) + int(words[12])) / TICKS, 0.0
        except (OSError, IndexError):
            pass
    return found


class RunClock:
    """The clock of the process pid and its descendants, from now on."""

    def __init__(self, pid):
        self.pid = pid
        self.seconds = 0.0
        self.looked = time.monotonic()
        self.seen = {}

    def now(self):
        """Seconds since the clock was made."""
        passed = time.monotonic() - self.looked
        if passed < LEAST:
            return self.seconds
        used = waited = 0.0
        before, self.seen = self.seen, {}
        for pid in family(self.pid):
            self.seen.update(times(pid))
        for thread, (ran, stood) in self.seen.items():
            was = before.get(thread, (0.0, 0.0))
            used += max(0.0, ran - was[0])
            waited += max(0.0, stood - was[1])
        self.looked += passed
        self.seconds += counted(passed, used, waited)
        return self.seconds
