"""A program's names are its own: one that takes every internal name of the runtime
links and runs, with each compiler."""
# needs: nothing
import glob
import os
import re
import subprocess
import sys

import tap

sys.path.insert(0, os.path.join(tap.TOP, "tools"))
import public_names

tap.whole_runs_only()

PROGRAM = "build/names.c"
ROOMS = ["lib", "kernel", "drivers", "gc", "runtime/*", "boot"]
HEAD = """/* Without antler.h: its macros and inline functions have names, too. */
void print(const char *fmt, ...);
int main(void);
"""
# Variables and functions in turn; each is told from what another would hold.
MAIN = """int main(void)
{
	int wrong = 0;

%s	print("%%d of %d names are another's\\n", wrong);
	return wrong != 0;
}
"""


def names_of(folder, nm):
    """The global names that the objects of the runtime define."""
    objects = [o for room in ROOMS
               for o in glob.glob(os.path.join(folder, room, "*.o"))]
    listed = subprocess.run([nm, "-g", "--defined-only"] + objects,
                            stdout=subprocess.PIPE, text=True).stdout
    return set(re.findall(r"^\S+ \w (\w+)$", listed, re.M))


def write_program(names):
    lines, checks = [HEAD], []
    for i, name in enumerate(names):
        if i % 2:
            lines.append("int %s = %d;\n" % (name, i))
            checks.append("\twrong += %s != %d;\n" % (name, i))
        else:
            lines.append("int %s(void);\nint %s(void) { return %d; }\n"
                         % (name, name, i))
            checks.append("\twrong += %s() != %d;\n" % (name, i))
    with open(PROGRAM, "w") as f:
        f.write("".join(lines) + MAIN % ("".join(checks), len(names)))


for compiler, llvm, command, nm in [
        ("gcc", "0", ["riscv64-unknown-elf-gcc"], "riscv64-unknown-elf-nm"),
        ("clang", "1", ["clang", "--target=riscv64-unknown-elf"], "llvm-nm")]:
    make = ["make", "-s", "app", "LLVM=" + llvm]
    run = tap.Run("make", make + ["APP=tests/apps/nothing.c"])
    public = public_names.linked(command) | {
        "memcpy", "memmove", "memset", "memcmp"}
    # Names that begin with _ are the compiler's and the linker's.
    internal = sorted(n for n in names_of("build/%s-release" % compiler, nm)
                      - public if not n.startswith("_"))
    tap.ok(len(internal) > 500 and {"work", "heap", "inject"} < set(internal),
           "%s compiles a runtime with internal names" % compiler,
           run.tail() + "\n" + " ".join(internal))
    write_program(internal)
    run = tap.Run("make", make + ["APP=" + PROGRAM])
    tap.ok(run.status == 0, "a program with all of them links with %s"
           % compiler, run.tail())
    result = tap.guest("%s names" % compiler, tap.image("names", compiler),
                       smp=2, timeout=120)
    tap.ok(result.status == 0 and "\n0 of %d names are another's\n"
           % len(internal) in result.text,
           "that program runs with %s on 2 harts" % compiler, result.tail())
os.remove(PROGRAM)
tap.done()
