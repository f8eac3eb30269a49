"""The two commands of the README on each Debian, made from nothing."""
# needs:
import os
import re

import tap

tap.whole_runs_only()

DISTROS = os.environ.get("DISTROS_ON", "bookworm trixie sid").split()
COMMAND = """
make qemu </dev/null; echo "make qemu: status $?"
make test </dev/null; echo "make test: status $?"
"""

for name in DISTROS:
    if os.getuid() != 0:
        tap.skip(name, "needs root, to make a chroot")
        continue
    run = tap.Run(name, ["tools/distro", name, COMMAND], seconds=7200)
    with open(os.path.join(tap.LOGS, "distro-%s.log" % name), "w") as f:
        f.write(run.text)
    tap.ok("tour: all steps true" in run.lines and
           "make qemu: status 0" in run.lines, name + ": make qemu", run.tail())
    summary = next((line for line in run.lines
                    if re.fullmatch(r"\d+ passed, \d+ failed", line)), "no end")
    tap.ok("make test: status 0" in run.lines and
           summary.endswith(", 0 failed"), "%s: make test: %s" % (name, summary),
           "\n".join(line for line in run.lines if line.startswith("not ok"))
           + "\n" + run.tail())
tap.done()
