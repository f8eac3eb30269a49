"""terminal.py - a command on a terminal of its own, for tests that type."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios

from runclock import RunClock

PROMPT = b"antler> "
SECONDS = 120       # of the command's own time (tools/runclock.py)


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
        self.clock = RunClock(self.child.pid)

    @staticmethod
    def control(fd):
        """Make it the controlling terminal, so that Ctrl-C is a signal, also
        if a shell runs the tests in the background, where it is ignored."""
        fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def wait_for(self, text, after=0, seconds=SECONDS):
        """Read until text is there, beyond position after."""
        end = self.clock.now() + seconds
        while text not in self.text[after:] and self.clock.now() < end:
            if select.select([self.ours], [], [], 0.5)[0]:
                self.text += os.read(self.ours, 65536)
            elif self.child.poll() is not None:
                break
        return text in self.text[after:]

    def command(self, line, expected, seconds=SECONDS):
        """Type line at the prompt; what is expected must come, and a prompt."""
        at = len(self.text)
        os.write(self.ours, line + b"\r")
        self.wait_for(b"\n", at)        # what is typed is echoed
        at = max(at, self.text.find(b"\n", at))
        return self.wait_for(PROMPT, at, seconds) and \
            expected in self.text[at:]

    def keys(self, keys, expected):
        """Type keys, as they are, at the prompt; expected must come, then a
        prompt."""
        at = len(self.text)
        os.write(self.ours, keys)
        return self.wait_for(expected, at) and \
            self.wait_for(PROMPT, self.text.find(expected, at))

    def status(self):
        """The exit status, after what is still to be read; the command is ended
        if it does not come to one."""
        end = self.clock.now() + SECONDS
        while self.child.poll() is None and self.clock.now() < end:
            try:
                self.child.wait(1)
            except subprocess.TimeoutExpired:
                pass
        if self.child.poll() is None:
            self.child.kill()
        return self.child.wait()

    def tail(self):
        return self.text.decode(errors="replace").replace("\r", "")[-3000:]
