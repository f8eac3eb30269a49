"""A machine without an interrupt controller: the console is polled."""
# needs: lab
import os

import tap
from terminal import PROMPT, Terminal

tap.whole_runs_only()

tree = tap.bent_tree(["sifive,plic-1.0.0=sifive,none-1.0.0",
                      "riscv,plic0=riscv,none0"], 2)
t = Terminal("tools/qemu", "--qemu", tap.QEMU, "--shell", "--smp", "2", "--dtb",
             tree, tap.image())
tap.ok(t.wait_for(PROMPT) and b"plic" not in t.text,
       "polled: the tour ends in a prompt", t.tail())
tap.ok(t.command(b"ps", b"(main)"), "polled: a command", t.tail())
tap.ok(t.command(b"test ^tty[.]", b"# 0 failed"),
       "polled: what is written", t.tail())

# Nobody reads while all harts are in loops without end.
at = len(t.text)
os.write(t.ours, b"crash hang\r")
tap.ok(t.wait_for(b"every hart hangs", at), "polled: all harts hang", t.tail())
os.write(t.ours, b"\x1c")
tap.ok(all([t.wait_for(b"[running on hart %d]" % n, at) for n in range(2)]),
       "polled: ^\\ tells who runs all the same", t.tail())
os.write(t.ours, b"\x03")
tap.ok(t.status() == 130, "polled: Ctrl-C ends that", t.tail())
tap.done()
