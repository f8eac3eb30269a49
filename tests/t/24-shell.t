"""The shell at a terminal: its commands, the line editor, and Ctrl-C, which
leaves no QEMU."""
# needs: lab echo
import glob
import os
import termios

import tap
from terminal import PROMPT, SECONDS, Terminal

tap.whole_runs_only()

RUN = ["tools/qemu", "--qemu", tap.QEMU, "--shell", "--smp", "3", tap.image()]

t = Terminal(*RUN)
tap.ok(t.wait_for(PROMPT), "the tour ends in a prompt", t.tail())
for line, expected in [
    (b"help", b"off"),
    (b"ps", b"(main)"),
    (b"procs 7", b"7"),
    (b"procs", b"7"),
    (b"gc", b"freed"),
    (b"mem", b"taken back by"),
    (b"why 0x1000", b"no object"),
    (b"why", b"usage: why"),
    (b"test ^runq[.]", b"1.."),
    (b"test ^atomic[.]", b"# 0 failed"),
    (b"test ^atomic[.]", b"# 0 failed"),  # registers a root
    (b"nonsense", b"no such command"),
]:
    tap.ok(t.command(line, expected), "shell: " + line.decode(), t.tail())

# The prompt is on the screen a little before main waits for keys: ask until it
# does.
QUIT = b"\x1c"
EVERYBODY = [b"where everybody is", b"hart 2 M2 ", b"(main) [IO wait]",
             b"read_some", b"[GC sweep wait]"]
at, end = len(t.text), t.clock.now() + SECONDS
while not all(e in t.text[at:] for e in EVERYBODY) and t.clock.now() < end:
    at = len(t.text)
    os.write(t.ours, QUIT)
    t.wait_for(b"(starter) [", at)      # the last of them
for expected in EVERYBODY:
    tap.ok(expected in t.text[at:], "^\\ tells " + expected.decode(), t.tail())
os.write(t.ours, b"\r")
tap.ok(t.wait_for(PROMPT, at) and t.command(b"gc", b"freed"),
       "^\\ ends nothing", t.tail())

# Each line of keys makes an unknown command of the word expected, or a known
# one.
UP, DOWN, RIGHT, LEFT = b"\033[A", b"\033[B", b"\033[C", b"\033[D"
HOME, END, DELETE = b"\033[H", b"\033[F", b"\033[3~"


def unknown(word):
    return word + b": no such command"


for what, keys, expected in [
    ("left and right", b"bc" + LEFT + LEFT + b"a" + RIGHT + b"x" + RIGHT
     + b"d\r", unknown(b"abxcd")),
    ("home and end", b"b" + HOME + b"a" + END + b"c\r", unknown(b"abc")),
    ("^A and ^E", b"b\x01a\x05c\r", unknown(b"abc")),
    ("backspace", b"ab\x7f\x08z\r", unknown(b"z")),
    ("delete", b"xyz\x01" + DELETE + b"\x04\r", unknown(b"z")),
    ("^W", b"first second\x17\x17third\r", unknown(b"third")),
    ("^U", b"before\x02\x15\r", unknown(b"e")),
    ("^K", b"before\x01\x06\x06\x0b\r", unknown(b"be")),
    ("^L", b"clear\x0c\r", b"\033[H\033[2Jantler> clear"),
    ("history, up", b"one\r", unknown(b"one")),
    ("history, up once", UP + b"x\r", unknown(b"onex")),
    ("history, up twice", UP + UP + b"\r", unknown(b"one")),
    ("history, down to the draft", b"dra" + UP + UP + DOWN + DOWN + b"ft\r",
     unknown(b"draft")),
    ("history, beyond the newest", DOWN + DOWN + b"new\r", unknown(b"new")),
    ("completion of a command", b"proc\t\r", b"GOMAXPROCS="),
    ("completion of the common part", b"sc\t\te\t\r", b"breaks with"),
    ("completion adds a blank", b"fau\tx\r", b"usage: fault"),
    ("completion lists", b"p\t\t", b"panic  "),
    ("completion after the list", b"rocs\r", b"GOMAXPROCS="),
    ("completion of an argument", b"ps a\t\r", b"goroutine 1 "),
    ("completion of a scene", b"fault allp_snapshot_on\tof\t\r",
     b"allp_snapshot_on_stack"),
    ("^D in a line deletes", b"ab\x01\x04\r", unknown(b"b")),
]:
    tap.ok(t.keys(keys, expected), "line: " + what, t.tail())

at = len(t.text)
os.write(t.ours, b"top\r")
for heading in [b"antler top: up", b"goroutines ", b"waiting for ", b"heap ",
                b"collections ", b"HART  BUSY", b"P STATE"]:
    tap.ok(t.wait_for(heading, at), "top: shows " + heading.decode(), t.tail())
at = t.text.find(b"antler top: up", at) + 1
tap.ok(t.wait_for(b"antler top: up", at), "top: is drawn anew by itself")
at = len(t.text)
os.write(t.ours, b"xq")
tap.ok(t.wait_for(PROMPT, at), "top: q leaves, other keys do not", t.tail())

long_line = b"x" * 200
tap.ok(t.keys(long_line + b"\r", unknown(b"x" * 127)),
       "line: what does not fit is not taken", t.tail())
os.write(t.ours, b"off\r")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 0, "shell: off ends with status 0", t.tail())

t = Terminal(*RUN)
t.wait_for(PROMPT)
os.write(t.ours, b"\x04")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 0, "shell: ^D ends with status 0", t.tail())

t = Terminal(*RUN)
t.wait_for(PROMPT)
os.write(t.ours, b"panic\r")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 1 and b"panic: " in t.text,
       "shell: panic ends with status 1", t.tail())

# Every hart in text that is never preempted.
t = Terminal(*RUN)
t.wait_for(PROMPT)
os.write(t.ours, b"crash hang\r")
tap.ok(t.wait_for(b"every hart hangs"), "shell: crash hang", t.tail())
for again in range(3):
    at = len(t.text)
    os.write(t.ours, QUIT)
    tap.ok(all([t.wait_for(b"[running on hart %d]" % n, at) for n in range(3)]),
           "^\\ when all harts hang: tells who runs", t.tail())
    tap.ok(t.wait_for(b"spin_for_ever +", at) and
           t.wait_for(b"in goroutine 1\r", at), "and where, and who made it",
           t.tail())
os.write(t.ours, b"\x03")
tap.ok(t.status() == 130, "Ctrl-C ends that", t.tail())

# The same editor in a program, which prints its own prompt.
t = Terminal("tools/qemu", "--qemu", tap.QEMU, "--smp", "2", tap.image("echo"))
for what, keys, expected in [
    ("read_line", b"abc\r", b"cba\r\n> "),
    ("read_line has the editor", b"bd\x01a\x06c\r", b"dcba\r\n> "),
    ("read_line has a history", UP + UP + b"d\r", b"dcba\r\n> "),
    ("read_line ends at ^D", b"\x04", b"(nothing)"),
]:
    at = len(t.text) if t.wait_for(b"> ") else 0
    os.write(t.ours, keys)
    tap.ok(t.wait_for(expected, at) == (expected != b"(nothing)"),
           "echo: " + what, t.tail())
tap.ok(t.status() == 0, "echo: ends with status 0", t.tail())


def children(pid):
    """Processes whose parent is pid."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                parent = f.read().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(path.split("/")[2]))
    return found


t = Terminal(*RUN)
t.wait_for(PROMPT)
machines = children(t.child.pid)
os.write(t.ours, b"\x03")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 130, "Ctrl-C ends the run", t.tail())
tap.ok(termios.tcgetattr(t.theirs) == t.before, "Ctrl-C restores the terminal")
tap.ok(machines and not any(os.path.exists("/proc/%d" % p) for p in machines),
       "Ctrl-C leaves no QEMU behind")
tap.done()
