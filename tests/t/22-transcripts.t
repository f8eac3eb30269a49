"""What the console says when things go wrong, line by line: tests/transcripts.

A transcript begins with how to run it, "word: value", up to a line ---; then
come the lines expected, where * stands for any text in a line and a line ...
for any number of lines.  "build: debug" runs a debug build; "dtb: OLD=NEW"
boots with a device tree in which the string OLD reads NEW.
"""
import glob
import os
import re
import subprocess

import tap

tap.whole_runs_only()


def line_pattern(line):
    return re.compile("".join(".*" if c == "*" else re.escape(c)
                              for c in line.rstrip()) + r"\s*$")


def mismatch(wanted, lines):
    """The first wanted line that is not where it should be, or None."""
    at, anywhere = 0, True
    for want in wanted:
        if want.strip() == "...":
            anywhere = True
            continue
        pattern = line_pattern(want)
        found = next((i for i in range(at, len(lines))
                      if pattern.match(lines[i])), None)
        if found is None or (not anywhere and found != at):
            return want
        at, anywhere = found + 1, False
    return None if anywhere or at == len(lines) else "(end)"


def built(app, mode):
    """The image of tests/apps/app.c, or the lab's."""
    goal = ["app", "APP=tests/apps/%s.c" % app] if app else ["lab"]
    goal.append("DEBUG=%d" % (mode == "debug"))
    done = subprocess.run(["make", "-s"] + goal, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        tap.diag(done.stdout)
    return tap.image(app or "lab", mode=mode)


for path in sorted(glob.glob("tests/transcripts/*.txt")):
    with open(path) as f:
        head, _, body = f.read().partition("---\n")
    words = dict(re.findall(r"^(\w+):\s*(.*?)\s*$", head, re.M))
    name = "transcript " + os.path.basename(path)[:-4]
    smp = words.get("smp", "2")
    extra = ["--mem", words.get("mem", "256M")]
    if "dtb" in words:
        extra += ["--dtb", tap.bent_tree([words["dtb"]], smp)]
    run = tap.guest(name, built(words.get("app"), words.get("build", "release")),
                    words.get("append", ""),
                    smp, timeout=150, silence=75, extra=extra)
    wrong = mismatch(body.splitlines(), run.lines)
    tap.ok(wrong is None, name + ": text", "missing: %s\n%s" % (wrong, run.tail()))
    tap.ok(run.status == int(words["status"]), name + ": exit status",
           "exit status %d, expected %s" % (run.status, words["status"]))
tap.done()
