"""The parts that run on the host, under ASan and UBSan, and TSan with delays."""
# needs: host
import os
import glob

import tap

os.environ.setdefault("TSAN_OPTIONS", "halt_on_error=1")
os.environ.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")

for sanitizer in "asan", "tsan":
    for path in sorted(glob.glob("build/host-%s/test_*" % sanitizer)):
        if path.endswith(".d"):
            continue
        name = "%s %s" % (sanitizer, os.path.basename(path))
        run = tap.Run(name, [path, tap.pattern(), tap.SEED])
        if tap.RUN and "no test matches" in run.text:
            continue
        tap.absorb(run)
tap.done()
