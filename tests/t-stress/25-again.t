"""All tests, and all again on the same machine: none leaves anything behind
that another, or it itself, would stumble over."""
# needs: lab lab-debug
import os

import tap
from terminal import PROMPT, Terminal

for mode in "release", "debug":
    t = Terminal("tools/qemu", "--qemu", tap.QEMU, "--shell", "--smp", "4",
                 tap.image(mode=mode))
    tap.ok(t.wait_for(PROMPT), mode + ": the tour ends in a prompt", t.tail())
    for time in "first", "second", "third":
        at = len(t.text)
        done = t.command(b"test", b"# 0 failed", 1500)
        bad = [line for line in t.text[at:].split(b"\n")
               if line.startswith(b"not ok") or b"panic:" in line]
        tap.ok(done, "%s: all pass the %s time" % (mode, time),
               b"\n".join(bad).decode(errors="replace"))
    os.write(t.ours, b"off\r")
    tap.ok(t.status() == 0, mode + ": off")
tap.done()
