"""The shell at a terminal: its commands, and Ctrl-C, which leaves no QEMU."""
# needs: lab
import glob
import os
import pty
import select
import subprocess
import termios
import time

import tap

tap.whole_runs_only()

PROMPT = b"antler> "
SECONDS = 60


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *command):
        self.text = b""
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.child = subprocess.Popen(command, stdin=theirs, stdout=theirs,
                                      stderr=theirs, start_new_session=True,
                                      preexec_fn=lambda: self.control(theirs))
        self.theirs = theirs

    @staticmethod
    def control(fd):
        """Make it the controlling terminal, so that Ctrl-C is a signal."""
        import fcntl
        fcntl.ioctl(fd, termios.TIOCSCTTY, 0)

    def wait_for(self, text, after=0):
        """Read until text is there, beyond position after."""
        end = time.monotonic() + SECONDS
        while text not in self.text[after:] and time.monotonic() < end:
            if select.select([self.ours], [], [], 0.5)[0]:
                self.text += os.read(self.ours, 65536)
            elif self.child.poll() is not None:
                break
        return text in self.text[after:]

    def command(self, line, expected):
        """Type line at the prompt; what is expected must come, and a prompt."""
        at = len(self.text)
        os.write(self.ours, line + b"\r")
        self.wait_for(b"\n", at)        # what is typed is echoed
        at = max(at, self.text.find(b"\n", at))
        return self.wait_for(PROMPT, at) and expected in self.text[at:]

    def status(self):
        try:
            return self.child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()

    def tail(self):
        return self.text.decode(errors="replace").replace("\r", "")[-3000:]


RUN = ["tools/qemu", "--qemu", tap.QEMU, "--shell", "--smp", "3", tap.image()]

t = Terminal(*RUN)
tap.ok(t.wait_for(PROMPT), "the tour ends in a prompt", t.tail())
for line, expected in [
    (b"help", b"off"),
    (b"ps", b"(main)"),
    (b"procs 7", b"7"),
    (b"procs", b"7"),
    (b"gc", b"freed"),
    (b"mem", b"heap"),
    (b"test runq.*", b"1.."),
    (b"nonsense", b"no such command"),
]:
    tap.ok(t.command(line, expected), "shell: " + line.decode(), t.tail())
os.write(t.ours, b"off\r")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 0, "shell: off ends with status 0", t.tail())

t = Terminal(*RUN)
t.wait_for(PROMPT)
os.write(t.ours, b"panic\r")
t.wait_for(b"(nothing)")
tap.ok(t.status() == 1 and b"panic: " in t.text,
       "shell: panic ends with status 1", t.tail())

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
