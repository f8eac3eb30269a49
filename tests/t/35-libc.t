"""The C library: picolibc's functions from many goroutines on all harts, in this
tree and with the SDK."""
# needs:
import collections
import os
import re
import shutil
import tempfile

import tap

tap.whole_runs_only()

GIVEN = b"42\na line\n"
GOROUTINES = 64


def lines_are_whole(lines):
    """Each line that a goroutine has printed, twice, as it would be alone."""
    wanted = collections.Counter()
    for i in range(GOROUTINES):
        wanted["[%d: %g, text, %5.2f]" % (i, i / 8, i / 3)] += 2
    return collections.Counter(l for l in lines if l.startswith("[")) == wanted


def says(result):
    return result.status == 3 and lines_are_whole(result.lines) and \
        result.lines[-1] == "no newline at the end; atexit: 0 wrong"


for compiler, llvm in ("gcc", "0"), ("clang", "1"):
    run = tap.Run("make", ["make", "-s", "app", "APP=tests/apps/libc.c",
                           "LIBC=picolibc", "LLVM=" + llvm])
    tap.ok(run.status == 0 and "warning" not in run.text,
           "a program with the C library builds with %s" % compiler, run.tail())
    for smp in 1, 4:
        result = tap.guest("libc %s smp=%d" % (compiler, smp),
                           tap.image("libc", compiler), smp=smp, given=GIVEN)
        tap.ok(says(result), "it computes, prints and allocates right with %s "
               "on %d harts" % (compiler, smp), result.tail())

run = tap.Run("make", ["make", "app", "APP=apps/hello.c", "LIBC=glibc"])
tap.ok(run.status == 2 and "LIBC=glibc" in run.text,
       "another C library is refused", run.tail())

# In a folder elsewhere.
place = tempfile.mkdtemp(prefix="antler-libc-")
sdk, program = place + "/sdk", place + "/program"
os.makedirs(program)
shutil.copy("tests/apps/libc.c", program)
with open(program + "/Makefile", "w") as f:
    f.write("LIBC = picolibc\ninclude $(ANTLER)/antler.mk\n"
            "libc.elf: libc.o $(ANTLER_FILES)\n\t$(call antler_link,libc.o)\n"
            "libc.o: libc.c\n\t$(ANTLER_CC) $(ANTLER_CFLAGS) -O1 -c -o $@ $<\n")
run = tap.Run("sdk", ["make", "-s", "sdk", "SDK=" + sdk])
run = tap.Run("make", ["make", "-C", program, "ANTLER=" + sdk])
tap.ok(run.status == 2 and "make sdk LIBC=picolibc" in run.text,
       "an SDK without the C library says how to make one", run.tail())
run = tap.Run("sdk", ["make", "-s", "sdk", "SDK=" + sdk, "LIBC=picolibc"])
run = tap.Run("make", ["make", "-C", program, "ANTLER=" + sdk])
tap.ok(run.status == 0, "a program elsewhere builds with the C library",
       run.tail())
result = tap.guest("libc sdk", program + "/libc.elf", smp=2, given=GIVEN)
tap.ok(says(result), "that program boots", result.tail())
shutil.rmtree(place)
tap.done()
