"""The explorer on programs: what tests/explore/ has wrong is found, and nothing
else is; a race is told with both places; a schedule is played again."""
# needs: explore-programs
import concurrent.futures
import glob
import os
import re
import subprocess

import tap

tap.whole_runs_only()

# How many schedules: most of the faults are found within 200 (docs/explorer.md),
# and those that there are not stay unfound in any number.
BROKEN, GOOD = "8000", "300"


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return done.returncode, done.stdout


def image(app):
    return "build/gcc-release-explore/app/%s.elf" % \
        os.path.splitext(os.path.basename(app))[0]


def explore(app, *words):
    """tools/explore for the program app; its status and what it prints."""
    return run("tools/explore", "--qemu", tap.QEMU, "--app", app, *words,
               image(app))


def in_head(text, key):
    found = re.search(r"^ \*\t%s: (.*)$" % key, text, re.M)
    return found[1] if found else ""


def search(app):
    """Build app and explore it.  Returns whether that ended as its head says,
    what for, and what was printed."""
    status, text = run("make", "-s", "explore-image", "APP=" + app)
    if status:
        return False, "builds", text
    with open(app) as f:
        head = f.read()
    expect = in_head(head, "expect")
    name = os.path.splitext(os.path.basename(app))[0]
    good = expect == "nothing"
    status, text = explore(app, "--seed", tap.SEED, "--schedules",
                           GOOD if good else BROKEN, "--out",
                           "build/schedule-test-%s.txt" % name,
                           *in_head(head, "options").split())
    if good:
        return status == 0, "nothing is found", text
    return status == 1 and expect in text, "it is found: " + expect, text


apps = sorted(glob.glob("tests/explore/*.c"))
told = {}
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for app, (good, what, text) in zip(apps, pool.map(search, apps)):
        told[app] = text
        tap.ok(good, "explore: %s: %s" % (app, what), text[-4000:])

# A race is told in the form of Go's race detector, with the lines of both.
text = told["tests/explore/counter_race.c"]
tap.ok(re.search(r"WARNING: DATA RACE\n(Read|Write) at 0x\w+ by .*:\n"
                 r"  (main|hit)\(\)\n      tests/explore/counter_race.c:\d+ .*\n\n"
                 r"Previous (read|write) at 0x\w+ by .*:\n"
                 r"  (main|hit)\(\)\n      tests/explore/counter_race.c:\d+ .*\n\n"
                 r"Goroutine \d+ \(\w+\) created at:\n"
                 r"  main\(\)\n      tests/explore/counter_race.c:22 ", text),
       "explore: a race is told with both places and the creation", text)

# A livelock is told by the places at which it goes round and round.
text = told["tests/explore/livelock.c"]
tap.ok(re.search(r"times hart \d in goroutine \d+, at pass\+", text),
       "explore: a livelock is told by its loop", text)

# A schedule is played again, as often as somebody likes, and shows what the
# program prints.
HASH = re.compile(r"^explore: status \d+ hash (\w+)$", re.M)
for app, words in (("lost_update", "explore_assert failed"),
                   ("counter_race", "DATA RACE"),
                   ("bad_answer", "chooses")):
    schedule = "build/schedule-test-%s.txt" % app
    app = "tests/explore/%s.c" % app
    first = HASH.findall(told[app])
    for i in range(2):
        status, text = explore(app, "--replay", schedule)
        tap.ok(status == 1 and words in text and HASH.findall(text) == first,
               "explore: replay %d of %s is the same run" % (i + 1, app), text)
status, text = run("make", "-s", "replay",
                   "SCHEDULE=build/schedule-test-lost_update.txt")
tap.ok(status and HASH.findall(text) == HASH.findall(
    told["tests/explore/lost_update.c"]),
       "explore: make replay finds the program by the schedule", text)

# All schedules of a kind.
status, text = explore("tests/explore/good_counter.c", "--strategy",
                       "exhaustive:1", "--schedules", "100000")
tap.ok(status == 0 and "these are all schedules of this kind" in text,
       "explore: a search that is exhausted says so", text)
status, text = explore("tests/explore/bad_answer.c", "--strategy",
                       "exhaustive:1", "--schedules", "100000")
tap.ok(status == 1 and "found by exhaustive" in text,
       "explore: an exhaustive search tries all answers", text)

# What it is given, and cannot do.
run("make", "-s", "explore-image", "APP=apps/echo.c")
LOST = "tests/explore/lost_update.c"
REFUSED = (("apps/echo.c", ("--schedules", "10"), "reads the console"),
           (LOST, ("--schedules", "10", "--points", "50"), "give POINTS="),
           (LOST, ("--strategy", "luck"), "strategy=luck"),
           (LOST, ("--smp", "17"), "SMP=17"),
           (LOST, ("--replay", "build/schedule-test-counter_race.txt"),
            "of another program, tests/explore/counter_race.c"))
for app, words, message in REFUSED:
    status, text = explore(app, *words)
    tap.ok(status == 2 and message in text,
           "explore: %s refused with status 2: %s" % (app, " ".join(words)),
           text)
status, text = run("make", "-s", "explore", "APP=tests/explore/nowhere.c")
tap.ok(status and "no such file" in text,
       "explore: a program that is not there is refused", text)
tap.done()
