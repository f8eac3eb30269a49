"""tools/qemu with something else for QEMU: all that it prints arrives."""
# needs: lab
import fcntl
import os
import select
import subprocess

import tap
from runclock import counted

tap.whole_runs_only()

TEXT = b"".join(b"line %d\n" % n for n in range(20000))
TALKER = """#!/usr/bin/env python3
for n in range(20000):
    print("line %d" % n)
"""
F_SETPIPE_SZ = 1031

path = os.path.join("build", "talker-%d" % os.getpid())
with open(path, "w") as f:
    f.write(TALKER)
os.chmod(path, 0o755)

# A terminal that is full and, as QEMU leaves it, does not block.
ours, theirs = os.pipe()
fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
os.set_blocking(theirs, False)
child = subprocess.Popen(["tools/qemu", "--batch", "--qemu", path, tap.image()],
                         stdin=subprocess.DEVNULL, stdout=theirs,
                         stderr=subprocess.PIPE)
while select.select([], [theirs], [], 0)[1] and child.poll() is None:
    pass
os.close(theirs)
text = b""
while True:
    more = os.read(ours, 65536)
    if not more:
        break
    text += more
why = child.communicate()[1].decode()
os.remove(path)
tap.ok(text == TEXT, "what a slow terminal is shown is whole",
       "%d bytes of %d\n%s" % (len(text), len(TEXT), why))
tap.ok(child.returncode == 0, "and the status is QEMU's", why)

# The firmware's banner is hidden: the first line is the machine's own.
shown = subprocess.run(["tools/qemu", "--batch", "--smp", "2", "--append",
                        "test=no_such_test", tap.image()],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       timeout=100).stdout
tap.ok(shown.startswith(b"riscv-virtio,qemu: "),
       "no line of the firmware is shown", shown[:300].decode())

# Limits are in the time that a run has had.
tap.ok(counted(10, 3, 0) == 10, "time of work and of rest counts as it passes")
tap.ok(counted(10, 20, 0) == 20, "work on two processors counts twice")
tap.ok(counted(10, 1, 9) == 1, "waiting for a processor does not count")
tap.ok(counted(10, 1, 60) == 1, "nor does the waiting of many threads")


def ended(program, *limits):
    """How a QEMU ends that is program, and what the launcher says."""
    with open(path, "w") as f:
        f.write("#!/usr/bin/env python3\n" + program)
    os.chmod(path, 0o755)
    run = tap.Run("limits", ["tools/qemu", "--batch", "--qemu", path, *limits,
                             tap.image()], seconds=60)
    os.remove(path)
    return run


run = ended("while True: pass", "--silence", "2")
tap.ok(run.status == 125 and "silent for 2 s" in run.text,
       "a silent loop is ended", run.tail())
run = ended("import time; time.sleep(1000)", "--silence", "2")
tap.ok(run.status == 125 and "silent for 2 s" in run.text,
       "silent sleep is ended", run.tail())
run = ended("while True: print('.', flush=True)", "--timeout", "2")
tap.ok(run.status == 124 and "no end after 2 s" in run.text,
       "what goes on and on is ended", run.tail())
run = ended("while True: print('.' * 1000)", "--max-log", "1000000")
tap.ok(run.status == 126, "what is too loud is ended", run.text[-300:])
tap.done()
