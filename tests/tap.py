"""tap.py - what the files in tests/t share: they run images through tools/qemu
and print TAP for prove.

A guest's own TAP is taken over test by test, with the name of the run before
each name.  On top of that a run must keep its plan, exit with the status that
its results imply, print no panic, and not fall silent; if not, the end of its
log and the command to replay it follow as diagnostics.
"""

import glob
import os
import re
import select
import signal
import subprocess
import sys
import tempfile

from runclock import RunClock

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QEMU = os.environ.get("ANTLER_QEMU", "qemu-system-riscv64")
SEED = os.environ.get("ANTLER_SEED", "1")
RUN = os.environ.get("ANTLER_RUN", "")
LOGS = os.path.join("build", "logs")

RESULT = re.compile(r"^(not )?ok (\d+) - (.*?)(?: # SKIP (.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)$")
SCENE = re.compile(r'^SCENE\(\s*(\w+),\s*(?:"[^"]*"\s*)+,\s*"?(\w+)"?,'
                   r'\s*(\d+)\)', re.M)
PANIC = re.compile(r"^(panic|fatal error): ")
TAIL_LINES = 60
STATUS_NONE = 3     # of a guest that has no such test (tests/lab/main.c)

os.chdir(TOP)
os.makedirs(LOGS, exist_ok=True)

count = 0


def diag(text):
    for line in text.splitlines():
        print("# " + line)


def ok(good, name, why=""):
    """One result; why is shown if it is bad."""
    global count
    count += 1
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    if not good and why:
        diag(why)
    sys.stdout.flush()
    return good


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why), flush=True)


def done():
    print("1..%d" % count if count else "1..0 # SKIP RUN= names none of it",
          flush=True)


def whole_runs_only():
    """Leave: this file has no tests that RUN= could name."""
    if RUN:
        print("1..0 # SKIP RUN= names single tests")
        sys.exit(0)


def pattern():
    """RUN= as a boot argument takes it, which a blank would end.  Like Go, take a
    blank for an underscore."""
    return re.sub(r"\s", "_", RUN)


def image(kind="lab", cc="gcc", mode="release"):
    if kind in ("lab", "explore"):
        return "build/%s-%s-%s/antler-%s.elf" % (cc, mode, kind, kind)
    return "build/%s-%s/%s" % (
        cc, mode, "antler-bench.elf" if kind == "bench" else "app/%s.elf" % kind)


class Run:
    """One finished command: status, lines of output, how to replay it.  given is
    its input, bytes.  It is ended when it has had that many seconds
    (tools/runclock.py); 0 is for commands that have limits of their own."""

    def __init__(self, name, command, given=b"", seconds=1200):
        self.replay = " ".join(
            "'%s'" % c if re.search(r"[^\w./:=,-]", c) or not c else c
            for c in command)
        child = subprocess.Popen(command, stdin=self.file_of(given),
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT,
                                 start_new_session=seconds > 0)
        self.bytes = self.read(child, seconds)
        self.status = child.wait()
        self.text = self.bytes.decode(errors="replace").replace("\r", "")
        self.lines = self.text.splitlines()
        self.name = name

    @staticmethod
    def file_of(given):
        """A file to read given from, which ends after it."""
        if not given:
            return subprocess.DEVNULL
        file = tempfile.TemporaryFile()
        file.write(given)
        file.seek(0)
        return file

    @staticmethod
    def read(child, seconds):
        """All that child prints, until it ends or its seconds are over."""
        clock, output = RunClock(child.pid), b""
        while not seconds or clock.now() < seconds:
            if select.select([child.stdout], [], [], 1)[0]:
                more = os.read(child.stdout.fileno(), 65536)
                if not more:
                    return output
                output += more
        os.killpg(child.pid, signal.SIGKILL)
        return output + b"\n(ended after %d s of its own time)\n" % seconds

    def tail(self):
        return "\n".join(self.lines[-TAIL_LINES:]
                         + ["exit status %d" % self.status,
                            "replay: " + self.replay])

    def panic(self):
        return next((l for l in self.lines if PANIC.match(l)), None)


def guest(name, image, append="", smp=4, timeout=600, silence=150, extra=(),
          given=b""):
    """Boot image and wait for its end; given is what is piped into it.  timeout
    and silence are seconds as tools/runclock.py counts them."""
    command = ["tools/qemu", "--batch", "--qemu", QEMU, "--smp", str(smp),
               "--timeout", str(timeout), "--silence", str(silence),
               "--max-log", "8000000",
               "--log", os.path.join(LOGS, name.replace(" ", "-") + ".log")]
    if append:
        command += ["--append", append]
    return Run(name, command + list(extra) + [image], given, seconds=0)


def bent_tree(edits, smp):
    """A file with the machine's device tree in which, for each OLD=NEW, the
    string OLD reads NEW, which is as long."""
    path = os.path.join("build", "bent-%d.dtb" % os.getpid())
    subprocess.run([QEMU, "-M", "virt,dumpdtb=" + path, "-smp", str(smp), "-m",
                    "256M"], check=True, stderr=subprocess.DEVNULL)
    with open(path, "rb") as f:
        tree = f.read()
    for edit in edits:
        old, new = (w.encode() + b"\0" for w in edit.split("="))
        assert old in tree and len(old) == len(new)
        tree = tree.replace(old, new)
    with open(path, "wb") as f:
        f.write(tree)
    return path


def absorb(run):
    """Take over the TAP that run printed."""
    planned, seen, failed = None, 0, 0
    notes = []
    for line in run.lines:
        plan, result = PLAN.match(line), RESULT.match(line)
        if plan:
            planned = int(plan[1])
        elif result:
            seen += 1
            bad, number, name, skipped = result.groups()
            if int(number) != seen:
                notes.append("result %s comes as number %d" % (number, seen))
            if skipped is not None:
                skip("%s: %s" % (run.name, name), skipped)
                continue
            failed += bool(bad)
            ok(not bad, "%s: %s" % (run.name, name),
               "\n".join(notes + ["replay: " + run.replay]))
            notes = []
        elif line.startswith("#"):
            notes.append(line[1:].strip())
        elif line.startswith("Bail out!"):
            print(line, flush=True)
            sys.exit(2)
    trouble = []
    if run.panic():
        trouble.append(run.panic())
    if planned is None:
        trouble.append("no plan")
    elif planned != seen:
        trouble.append("planned %d tests, saw %d" % (planned, seen))
    if (run.status != 0) != (failed > 0):
        trouble.append("exit status %d with %d failures" % (run.status, failed))
    ok(not trouble, run.name + ": ran to its end",
       "\n".join(trouble) + "\n" + run.tail())


def guest_tests(name, image, smp, **more):
    """Run the in-guest tests and take over their TAP."""
    append = "test=%s seed=%s" % (pattern(), SEED)
    run = guest(name, image, append, smp, **more)
    if not (RUN and run.status == STATUS_NONE):
        absorb(run)


def boots(name, image, smp, **more):
    """Boot to main with every hart online and leave with status 0."""
    run = guest(name, image, smp=smp, **more)
    line = "harts: %d of %d online" % (smp, smp)
    trouble = []
    if not any(l.strip() == line for l in run.lines):
        trouble.append("no line '%s'" % line)
    if run.panic():
        trouble.append(run.panic())
    if run.status != 0:
        trouble.append("exit status %d" % run.status)
    ok(not trouble, name, "\n".join(trouble) + "\n" + run.tail())


def scenes():
    """Name, fault (or "") and the fewest harts of every scene in the tree."""
    for path in sorted(glob.glob("tests/scene/*.c")):
        with open(path) as f:
            text = f.read()
        for name, fault, least in SCENE.findall(text):
            macro = re.search(r'^#define %s\s+"(\w+)"' % fault, text, re.M)
            if macro:
                fault = macro[1]
            yield name, "" if fault == "NULL" else fault, int(least)


def scene(name, fault, mode, smp, times=1):
    """Play a scene with its fix, and with the fault if it has one, each so many
    times: it must end well, and badly, every single time."""
    for broken in [False, True] if fault else [False]:
        append = "scene=" + name + (" FAULT=" + fault if broken else "")
        title = "%s %s smp=%d" % (append, mode, smp)
        bad, last = 0, None
        for i in range(times):
            run = guest(title, image(mode=mode), append, smp, timeout=180)
            good = run.status in (1, 2) if broken else \
                run.status == 0 and not run.panic()
            if not good:
                bad, last = bad + 1, run
        ok(not bad, title + (" fails" if broken else "")
           + (", %d times" % times if times > 1 else ""),
           "%d of %d are wrong\n%s" % (bad, times, last.tail() if bad else ""))
