"""The explorer: workloads find nothing, faults are found, shrunk and replayed."""
# needs: explore
import os
import re
import subprocess

import tap

tap.whole_runs_only()

IMAGE = tap.image("explore")
SCHEDULES = "200"


def explore(*words):
    """tools/explore with these words; its status and what it prints."""
    done = subprocess.run(["tools/explore", "--qemu", tap.QEMU] + list(words)
                          + [IMAGE], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return done.returncode, done.stdout


def hash_of(text):
    found = re.findall(r"^explore: status \d+ hash (\w+)$", text, re.M)
    return found[0] if found else None


# With all fixes on nothing is found.
for smp in "2", "4":
    status, text = explore("--workload", "all", "--smp", smp, "--schedules",
                           SCHEDULES, "--seed", tap.SEED)
    names = re.findall(r"^explore: workload (\w+),", text, re.M)
    tap.ok(status == 0 and len(names) >= 5,
           "explore: %s virtual harts: nothing is found" % smp, text)

# A fault is found, by schedules that nobody has prepared.
FAULTS = (("wake", "no_needspinning", "IDLE-1"),
          ("allp", "allp_snapshot_on_stack", "0xdbdbdbdbdbdb"))
for workload, fault, words in FAULTS:
    name = "build/schedule-test-%s.txt" % workload
    status, text = explore("--workload", workload, "--fault", fault, "--seconds",
                           "240", "--jobs", "2", "--out", name)
    tap.ok(status == 1 and words in text and
           re.search(r"found by \w+, schedule \d+", text),
           "explore: %s is found by workload %s" % (fault, workload), text)
    if not os.path.exists(name):
        continue
    first = hash_of(text)
    for i in range(3):
        status, again = explore("--replay", name)
        tap.ok(status == 1 and hash_of(again) == first,
               "explore: replay %d of %s is the same run" % (i + 1, fault),
               again)

# What it is given, and cannot do.
REFUSED = ((("--workload", "nobody"), "no workload nobody"),
           (("--strategy", "luck"), "strategy=luck"),
           (("--smp", "17"), "SMP=17"),
           (("--seconds", "soon"), "SECONDS=soon"),
           (("--shard", "3/2"), "SHARD=3/2"),
           (("--replay", "README.md"), "no schedule file"),
           (("--replay", "/nowhere"), "No such file"))
for words, message in REFUSED:
    status, text = explore(*words, "--seconds", "1") if "--seconds" not in words \
        else explore(*words)
    tap.ok(status == 2 and message in text,
           "explore: refused with status 2: %s" % " ".join(words), text)
tap.done()
