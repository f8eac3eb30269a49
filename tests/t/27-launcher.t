"""tools/qemu with something else for QEMU: all that it prints arrives."""
# needs: lab
import fcntl
import os
import select
import subprocess

import tap

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
tap.done()
