"""What make says to what it cannot do: it names the culprit, and fails."""
# needs: lab
import os

import tap

tap.whole_runs_only()

BROKEN = "build/broken.c"
with open(BROKEN, "w") as f:
    f.write('#include "antler.h"\nint main(void) { return spam; }\n')

CASES = [
    (["SMP=0"], "SMP=0"),
    (["SMP=129"], "SMP=129"),
    (["SMP=four"], "SMP=four"),
    (["MEM=8M"], "MEM=8M"),
    (["MEM=much"], "MEM=much"),
    (["QEMU=no-such-qemu"], "no-such-qemu"),
    (["APP=no/such.c"], "no/such.c"),
    (["APP=README.md"], "README.md"),
    (["APP=" + BROKEN], BROKEN),
    (["ARGS=NOSUCHWORD=1"], "NOSUCHWORD"),
    (["ARGS=GOMAXPROCS=0"], "GOMAXPROCS"),
    (["ARGS=GOGC=lots"], "GOGC"),
]
for words, culprit in CASES:
    run = tap.Run(words[0], ["timeout", "60", "make", "qemu"] + words)
    tap.ok(run.status == 2 and culprit in run.text,
           "make qemu %s is refused" % words[0], run.tail())

run = tap.Run("scene", ["timeout", "60", "make", "scene", "NAME=no_such_scene"])
tap.ok(run.status == 2 and "no_such_scene" in run.text,
       "make scene NAME=no_such_scene is refused", run.tail())
run = tap.Run("fault", ["timeout", "60", "make", "scene", "FAULT=no_such_fault"])
tap.ok(run.status == 2 and "no_such_fault" in run.text,
       "make scene FAULT=no_such_fault is refused", run.tail())
os.remove(BROKEN)
tap.done()
