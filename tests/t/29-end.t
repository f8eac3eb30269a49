"""The end of a program: what was printed before it is shown, and whole."""
# needs: last_words last_words-debug
import re

import tap

tap.whole_runs_only()

ENDS = {
    "return": (0, None),
    "exit": (3, None),
    "panic": (2, "panic: the end"),
    "unlock": (2, "fatal error: sync: unlock of unlocked mutex"),
}
WIDTH = 900     # as in tests/apps/last_words.c
LINE = re.compile(r"w(\d) (\d+) ([a-h])\3*\.")


def troubles(run, words):
    """What is wrong with the lines of last_words.c."""
    if not run.text.endswith("\n"):
        yield "the last line is cut"
    shown, counted = {}, None
    for line in run.lines:
        match = LINE.fullmatch(line)
        if line.startswith("counted "):
            counted = [int(word) for word in line.split()[1:]]
        elif match and len(line) == WIDTH:
            who, number = int(match[1]), int(match[2])
            if number != shown.get(who, 0):
                yield "w%d: line %d comes after %d" % (
                    who, number, shown.get(who, 0) - 1)
            shown[who] = number + 1
        elif line.startswith("w"):
            yield "a line of %d characters: %s" % (len(line), line[:20])
    if counted is None:
        yield "the line of main is missing"
    for who, number in enumerate(counted or []):
        if shown.get(who, 0) < number:
            yield "w%d: %d lines of %d" % (who, shown.get(who, 0), number)
    if words and words not in run.lines:
        yield "missing: " + words


for mode in "release", "debug":
    for end, (status, words) in ENDS.items():
        for smp in 1, 2, 4, 8:
            name = "%s while all harts print, %s smp=%d" % (end, mode, smp)
            run = tap.guest(name, tap.image("last_words", mode=mode),
                            "APP_END=" + end, smp, timeout=120)
            wrong = list(troubles(run, words))
            if run.status != status:
                wrong.append("exit status %d, expected %d"
                             % (run.status, status))
            tap.ok(not wrong, name, "\n".join(
                wrong[:10] + ["replay: " + run.replay]))
tap.done()
