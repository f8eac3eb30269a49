"""Every test and every program of ours under GODEBUG=gcwild=2, which ends the
machine at the first word that may lead to an object about to be freed: no word
is found but those that test_wild.c and the mutes of tests/unit/wild.h are
about."""
# needs: lab lab-debug
import glob
import os
import subprocess

import tap

# They wait for input.
TALK = {"chat", "echo"}

for mode, smp in ("release", 1), ("release", 2), ("release", 4), \
        ("release", 8), ("debug", 4):
    tap.absorb(tap.guest("gcwild %s smp=%d" % (mode, smp), tap.image(mode=mode),
                         "test=* GODEBUG=gcwild=2 seed=%s" % tap.SEED, smp,
                         timeout=900, silence=120))
for path in sorted(glob.glob("apps/*.c")):
    app = os.path.basename(path)[:-2]
    if app in TALK:
        continue
    done = subprocess.run(["make", "-s", "app", "APP=" + path],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    tap.ok(done.returncode == 0, app + " compiles", done.stdout)
    for smp in 1, 4:
        run = tap.guest("gcwild %s smp=%d" % (app, smp), tap.image(app),
                        "GODEBUG=gcwild=2", smp, timeout=300)
        tap.ok(run.status == 0 and "gcwild:" not in run.text, run.name,
               run.tail())
tap.done()
