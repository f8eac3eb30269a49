"""The SDK: a program outside of this tree, with a Makefile of its own, builds and
boots with nothing but the folder that make sdk has made, which was moved since."""
# needs:
import os
import re
import shutil
import subprocess
import tempfile

import tap

tap.whole_runs_only()

TEXT = b"the cat and the dog\nthe end, and\n"
COUNTED = ["3 the", "2 and", "1 cat", "1 dog", "1 end", "8 words"]
MAIN = """#include "antler.h"
long library(long n);
int main(void) { print("the library says %ld\\n", library(num_hart())); return 0; }
"""
# What a library may do with its stack, and what the linker says to it.
LIBRARY = """
void use(void *p);
void use(void *p) { __asm__ volatile("" : : "r"(p) : "memory"); }
long library(long n)
{
	char stack[%s];

	stack[0] = 1;
	use(stack);
	return n + sizeof(stack);
}
"""
FLAGS = ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-ffreestanding", "-O1"]

place = tempfile.mkdtemp(prefix="antler-sdk-")


def run_in(folder, *words, given=b""):
    return tap.Run(" ".join(words), ["env", "-C", folder] + list(words), given)


def path(*names):
    return os.path.join(place, *names)


def files_with(folder, text):
    """The text files in folder that contain text."""
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as f:
                if text.encode() in f.read():
                    yield name


for compiler, llvm in ("gcc", "0"), ("clang", "1"):
    made, sdk = path("made-" + compiler), path("elsewhere", compiler)
    run = tap.Run("sdk", ["make", "-s", "sdk", "SDK=" + made, "LLVM=" + llvm])
    tap.ok(run.status == 0, "make sdk makes a folder with %s" % compiler,
           run.tail())
    os.makedirs(path("elsewhere"), exist_ok=True)
    shutil.move(made, sdk)
    odd = list(files_with(sdk, tap.TOP)) + list(files_with(sdk, made))
    tap.ok(not odd, "nothing in that of %s names the folder it was made in"
           % compiler, " ".join(odd))
    example = path("example-" + compiler)
    shutil.copytree("docs/example", example)
    run = run_in(example, "make", "ANTLER=" + sdk)
    tap.ok(run.status == 0 and os.path.exists(example + "/build/words.elf"),
           "the example builds with %s" % compiler, run.tail())
    run = run_in(example, "make", "-s", "run", "ANTLER=" + sdk, given=TEXT)
    tap.ok(run.status == 0 and [l.strip() for l in run.lines][-6:] == COUNTED,
           "the example boots with %s" % compiler, run.tail())
    run = run_in(example, "make", "ANTLER=" + sdk)
    tap.ok(run.status == 0 and "up to date" in run.text,
           "the example is not made again with %s" % compiler, run.tail())

# Libraries by another hand, made without the flags of the SDK.
program = path("program")
os.makedirs(program)
with open(program + "/main.c", "w") as f:
    f.write(MAIN)
with open(program + "/Makefile", "w") as f:
    f.write("include $(ANTLER)/antler.mk\nCFLAGS = $(ANTLER_CFLAGS) -O0\n"
            "CC = $(ANTLER_CC)\nmain.elf: main.o library.a\n"
            "\t$(call antler_link,$^)\n")
for size, says in [
        ("100", None), ("200000", None),
        ("17000000", "the frame of library has 170000"),
        ("n", "library takes stack by alloca")]:
    with open(program + "/library.c", "w") as f:
        f.write(LIBRARY % size)
    run_in(program, "riscv64-unknown-elf-gcc", *FLAGS, "-c", "library.c")
    if os.path.exists(program + "/library.a"):
        os.remove(program + "/library.a")
    run_in(program, "riscv64-unknown-elf-ar", "rc", "library.a", "library.o")
    run = run_in(program, "make", "ANTLER=" + path("elsewhere", "gcc"))
    if says:
        tap.ok(run.status == 2 and says in run.text,
               "a library with an array of %s bytes is refused" % size,
               run.tail())
        continue
    listed = subprocess.run(["riscv64-unknown-elf-nm", program + "/main.elf"],
                            stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"^(\w+) A __app_frame_max$", listed, re.M)
    tap.ok(run.status == 0 and found and int(found[1], 16) >= int(size),
           "the guards are as wide as a library with a frame of %s bytes needs"
           % size, run.tail())
    run = run_in(program, path("elsewhere", "gcc", "bin", "qemu"), "--qemu",
                 tap.QEMU, "--batch", "--smp", "2", "main.elf")
    tap.ok(run.status == (0 if size == "100" else 2) and
           (run.text.endswith("the library says 102\n") if size == "100" else
            "stack overflow" in run.text),
           "a program with that library boots, frame %s" % size, run.tail())
shutil.rmtree(place)
tap.done()
