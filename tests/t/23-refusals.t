"""What make says to what it cannot do: it names the culprit, and fails."""
# needs: lab
import os

import tap

tap.whole_runs_only()

BROKEN = "build/broken.c"
with open(BROKEN, "w") as f:
    f.write('#include "antler.h"\nint main(void) { return spam; }\n')
HUGE = "build/huge.c"
with open(HUGE, "w") as f:
    f.write('#include "antler.h"\n'
            'static __attribute__((noinline)) int enormous(int i)\n'
            '{ volatile char c[17000000]; c[i] = 1;\n'
            '__asm__ volatile("" : : "r"(c) : "memory"); return c[i]; }\n'
            'int main(void) { return enormous(1); }\n')
UNPROBED = "build/unprobed.c"
with open(UNPROBED, "w") as f:
    f.write('#include "antler.h"\n'
            'static __attribute__((noinline)) int any_length(int n)\n'
            '{ volatile char c[n]; c[0] = 1;\n'
            '__asm__ volatile("" : : "r"(c) : "memory"); return c[0]; }\n'
            'int main(void) { return any_length(num_hart()); }\n')

CASES = [
    (["SMP=0"], "SMP=0"),
    (["SMP=129"], "SMP=129"),
    (["SMP=four"], "SMP=four"),
    (["MEM=8M"], "MEM=8M"),
    (["MEM=much"], "MEM=much"),
    (["QEMU=no-such-qemu"], "no-such-qemu"),
    (["MACHINE=spike"], "MACHINE=spike: Antler runs on QEMU's machine virt"),
    (["APP=no/such.c"], "APP=no/such.c: no such file"),
    (["APP=apps/hello.c no/such.c"], "APP=no/such.c: no such file"),
    (["APP=README.md"], "APP=README.md: neither a C file nor assembly"),
    (["APP=tests/transcripts"], "APP=tests/transcripts: the folder has no C file"),
    (["APP=apps/he:llo.c"], "apps/he:llo.c"),
    (["APP= ", "app"], "no program: give APP=file.c"),
    (["APP=" + BROKEN], BROKEN),
    (["APP=" + HUGE], "the frame of enormous"),
    (["APP=" + HUGE, "LLVM=1"], "the frame of enormous"),
    (["APP=" + UNPROBED, "LLVM=1"], "any_length takes stack by alloca"),
    (["APP=" + UNPROBED, "APP_CFLAGS=-fno-stack-clash-protection"],
     "any_length takes stack by alloca"),
    (["ARGS=NOSUCHWORD=1"], "NOSUCHWORD"),
    (["ARGS=GOMAXPROCS=0"], "GOMAXPROCS"),
    (["ARGS=GOGC=lots"], "GOGC"),
]
for words, culprit in CASES:
    run = tap.Run(words[0], ["make", "qemu"] + words)
    tap.ok(run.status == 2 and culprit in run.text,
           "make qemu %s is refused" % " ".join(words), run.tail())

run = tap.Run("scene", ["make", "scene", "NAME=no_such_scene"])
tap.ok(run.status == 2 and "no_such_scene" in run.text,
       "make scene NAME=no_such_scene is refused", run.tail())
run = tap.Run("fault", ["make", "scene", "FAULT=no_such_fault"])
tap.ok(run.status == 2 and "no_such_fault" in run.text,
       "make scene FAULT=no_such_fault is refused", run.tail())
for path in BROKEN, HUGE, UNPROBED:
    os.remove(path)

# What RUN= says, through make, the shell, the boot arguments and the guest.
GUEST = "TESTS=tests/t/10-guest-release.t"
for run_is, words in [
    ("mutex(", "RUN=mutex(: bad pattern: missing closing )"),
    ("a**", "RUN=a**: bad pattern: a repetition"),
    ("no_such_'test'$|x y\\b", "RUN=no_such_'test'$|x y\\b: no test matches"),
]:
    run = tap.Run(run_is, ["make", "test", GUEST, "RUN=" + run_is])
    tap.ok(run.status == 2 and words in run.text,
           "make test RUN=%s is refused" % run_is, run.tail())
for run_is, words in [
    ("Mutex[", "RUN=Mutex[: bad pattern: missing closing ]"),
    ("^Mute$", "RUN=^Mute$: no benchmark matches"),
]:
    run = tap.Run(run_is, ["make", "bench", "RUN=" + run_is])
    tap.ok(run.status == 2 and words in run.text,
           "make bench RUN=%s is refused" % run_is, run.tail())
tap.done()
