"""What a build shows, in a copy of the tree: one line, or nothing, or all."""
# needs:
import os
import re
import shutil
import subprocess

import tap
from terminal import Terminal

tap.whole_runs_only()

TREE = os.path.join(tap.TOP, "build", "tree-%d" % os.getpid())
APP = ["app", "APP=tests/apps/nothing.c"]
SOURCE = os.path.join(TREE, "lib", "str.c")

files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"],
                       stdout=subprocess.PIPE, text=True).stdout.split()
for path in files:
    if os.path.isfile(path):
        os.makedirs(os.path.join(TREE, os.path.dirname(path)), exist_ok=True)
        shutil.copy2(path, os.path.join(TREE, path))


def make(*words):
    return tap.Run("make " + " ".join(words), ["make", "-C", TREE,
                                               "--no-print-directory", *words])


def touched(*words):
    os.utime(SOURCE)
    return make(*words)


run = make(*APP)
tap.ok(run.status == 0 and len(run.lines) == 1 and
       re.fullmatch(r"antler: compiling \d{2,} files with \S+", run.lines[0]),
       "a first build shows one line", run.tail())
run = make(*APP)
tap.ok(run.status == 0 and not run.lines, "a second build shows nothing",
       run.tail())
run = touched(*APP)
tap.ok(len(run.lines) == 1 and "changed files" in run.text,
       "a build of what has changed shows one line", run.tail())
run = touched("-s", *APP)
tap.ok(run.status == 0 and not run.lines, "make -s shows nothing", run.tail())
run = touched("V=1", *APP)
tap.ok(any("-o build/gcc-release/lib/str.o lib/str.c" in line
           for line in run.lines), "make V=1 shows the commands", run.tail())

os.utime(SOURCE)
t = Terminal("make", "-C", TREE, "--no-print-directory", *APP)
t.wait_for(b"(nothing)")
tap.ok(t.status() == 0 and
       b"\r\033[Kantler: 1 build/gcc-release/lib/str.o" in t.text and
       t.text.endswith(b"\r\033[Kantler: made "
                       b"build/gcc-release/app/nothing.elf\r\n") and
       t.text.count(b"\n") == 1, "on a terminal the steps take turns on a line",
       t.tail())

with open(SOURCE) as f:
    good = f.read()
with open(SOURCE, "w") as f:
    f.write(good + "int broken(void) { return spam; }\n")
for quiet in [], ["-s"]:
    run = make(*quiet, *APP)
    tap.ok(run.status == 2 and "lib/str.c:%d:" % (good.count("\n") + 1)
           in run.text and "return spam;" in run.text,
           "the compiler's words are shown in full by make "
           + " ".join(quiet + APP), run.tail())

# MAKEFLAGS in a recipe is what is in force.
with open(os.path.join(TREE, "show.mk"), "w") as f:
    f.write("show: ; @echo 'flags $(filter -j%,$(MAKEFLAGS))'\nclean: show\n")
SHOW = ["-f", "Makefile", "-f", "show.mk"]
run = make(*SHOW, "show")
tap.ok("-j%d" % os.cpu_count() in run.text or os.cpu_count() == 1,
       "a build uses every processor", run.tail())
run = make("-j1", *SHOW, "show")
tap.ok(re.search(r"flags .*-j1\b", run.text), "-j1 is obeyed", run.tail())
run = make("-n", *SHOW, "clean", "lab")
tap.ok("flags" in run.text and "-j" not in run.text,
       "clean and what follows it are made in turn", run.tail())
shutil.rmtree(TREE)
tap.done()
