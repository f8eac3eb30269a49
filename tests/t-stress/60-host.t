"""The host's tests with other seeds and other numbers of threads."""
# needs: host
import glob

import tap

for i in range(10):
    for sanitizer in "asan", "tsan":
        for path in sorted(glob.glob("build/host-%s/test_*" % sanitizer)):
            seed, threads = str(int(tap.SEED) + i), str(2 + i % 7)
            run = tap.Run("%s seed=%s threads=%s" % (path, seed, threads),
                          [path, tap.pattern(), seed, threads], seconds=2400)
            if not (tap.RUN and "no test matches" in run.text):
                tap.absorb(run)
tap.done()
