"""What is piped into a program: every byte of it, and its end."""
# needs: lab nothing input input-debug
import os
import random
import select
import subprocess

import tap

tap.whole_runs_only()

RANDOM = random.Random(int(tap.SEED)).randbytes(1 << 20)


def sum_of(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & (1 << 64) - 1
    return total


def told(data):
    return "%d bytes, sum %x, then -1 and -1" % (len(data), sum_of(data))


def pipe(name, data, expected, how="bytes", smp=4, mode="release", extra=()):
    """Pipe data into the program and look for a line of its output."""
    run = tap.guest("input " + name, tap.image("input", mode=mode),
                    "APP_HOW=" + how, smp, timeout=600, silence=600,
                    extra=extra, given=data)
    tap.ok(run.status == 0 and expected in run.lines, name,
           "expected: %s\n%s" % (expected, run.tail()))
    return run


pipe("a million bytes arrive as they are", RANDOM, told(RANDOM))
for mode in "release", "debug":
    for smp in 1, 2, 8:
        pipe("a pipe arrives whole, %s smp=%d" % (mode, smp), RANDOM[:100000],
             told(RANDOM[:100000]), smp=smp, mode=mode)
    for smp in 1, 4:
        pipe("a slow reader loses nothing, %s smp=%d" % (mode, smp),
             RANDOM[:50000], told(RANDOM[:50000]), "slow", smp, mode)
SPECIAL = b"\x10\x04\x10\x10\x04\x03\x1c\r\n\x00\xff\x04\x1a\x10"
pipe("control characters are data", SPECIAL, told(SPECIAL))
pipe("an empty input ends at once", b"", told(b""))
tree = tap.bent_tree(["sifive,plic-1.0.0=sifive,none-1.0.0",
                      "riscv,plic0=riscv,none0"], 2)
pipe("a polled console loses nothing", RANDOM[:20000], told(RANDOM[:20000]),
     smp=2, extra=["--dtb", tree])

run = pipe("an echo ends", RANDOM[:50000], told(RANDOM[:50000]), "echo")
tap.ok(b"ready\n" + RANDOM[:50000] + b"\n50000 bytes" in run.bytes,
       "what a program writes leaves as it is", run.tail())

# QEMU on a pipe that is full most of the time.
NARROW = """#!/usr/bin/env python3
import fcntl, os, sys
fcntl.fcntl(1, 1031, 4096)      # F_SETPIPE_SZ
os.execvp(%r, [%r] + sys.argv[1:])
""" % (tap.QEMU, tap.QEMU)
WRITTEN = "".join("%063d\n" % n for n in range(5000))

narrow = os.path.join("build", "narrow-%d" % os.getpid())
with open(narrow, "w") as f:
    f.write(NARROW)
os.chmod(narrow, 0o755)
for smp in 1, 4:
    run = tap.Run("slow", ["tools/qemu", "--batch", "--qemu", narrow, "--smp",
                           str(smp), "--append", "APP_HOW=write",
                           tap.image("input")])
    tap.ok(run.status == 0 and run.text.endswith("ready\n" + WRITTEN),
           "a slow console shows all that was written, smp=%d" % smp,
           "%d bytes\n%s" % (len(run.bytes), run.tail()))
os.remove(narrow)

TEXT = b"one\r\n\n\x04three\x7f\n" + 1500 * b"x" + b"\nlast"
LINES = [b"one", b"", b"\x04three\x7f", 999 * b"x", b"last"]
pipe("lines end at newlines and at the end", TEXT,
     " ".join(str(len(l)) for l in LINES) + " sum %x, then -1 and -1"
     % sum_of(b"".join(LINES)), "lines")

# The launcher's own input, other than a pipe that ends.
NOTHING = ["tools/qemu", "--batch", "--qemu", tap.QEMU, "--timeout", "120"]
run = tap.Run("ignored", NOTHING + [tap.image("nothing")], RANDOM)
tap.ok(run.status == 0, "an input that nobody reads hinders nobody", run.tail())
run = tap.Run("closed", ["sh", "-c", 'exec "$@" <&-', "sh"] + NOTHING
              + ["--append", "APP_HOW=bytes", tap.image("input")])
tap.ok(run.status == 0 and told(b"") in run.lines,
       "an input that is closed is an empty one", run.tail())


class Talk:
    """A guest whose input stays open."""

    def __init__(self, image, append):
        self.text = b""
        self.child = subprocess.Popen(
            NOTHING + ["--append", append, image], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def wait_for(self, text, after=0):
        """Read until text is there, beyond position after; false at the end."""
        while text not in self.text[after:]:
            data = os.read(self.child.stdout.fileno(), 65536)
            self.text += data
            if not data:
                return False
        return True

    def say(self, data):
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def end(self):
        self.child.stdin.close()
        self.wait_for(b"(nothing)")
        return self.child.wait()

    def tail(self):
        return self.text.decode(errors="replace")[-3000:]


t = Talk(tap.image("input"), "APP_HOW=moments")
LONG = 600 * b"long "
t.say(LONG)
tap.ok(t.wait_for(b"\n.\n"), "a line that is not whole ends at the deadline",
       t.tail())
t.say(b"line\nshort")
tap.ok(t.wait_for(b"[" + LONG[:999] + b"]\n"),
       "the next line begins with what a deadline has cut short", t.tail())
tap.ok(t.wait_for(b".\n", len(t.text)) and t.end() == 0 and
       b"[short]\n" in t.text, "the end of input ends the last line", t.tail())

t = Talk(tap.image(), "test=tty.* seed=" + tap.SEED)
t.wait_for(b"(nothing)")
tap.ok(t.end() == 0 and b"not ok" not in t.text and
       b"a_read_that_nobody_answers_ends_at_its_deadline\n" in t.text,
       "the tests of the console pass while the input is open", t.tail())

t = Talk(tap.image(), "tty=1")
t.say(b"procs 3\nprocs\noff\n")
tap.ok(t.wait_for(b"GOMAXPROCS was") and t.wait_for(b"GOMAXPROCS=3 on") and
       t.end() == 0, "the shell runs the commands of a pipe", t.tail())

run = tap.Run("make", ["timeout", "300", "make", "-s", "qemu",
                       "APP=apps/echo.c"], b"hi there\n")
tap.ok(run.status == 0 and "> ereht ih" in run.lines,
       "make qemu passes a pipe on", run.tail())
tap.done()
