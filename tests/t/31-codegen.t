"""What gcc and clang make of the atomics, and of the ways to a light park."""
# needs: lab lab-debug clang clang-debug
import os
import subprocess
import sys

import tap

sys.path.insert(0, "tests/codegen")
import check
import light

tap.whole_runs_only()

CROSS = os.environ.get("CROSS", "riscv64-unknown-elf-")
COMPILERS = {
    "gcc": [os.environ.get("GCC") or CROSS + "gcc"],
    "clang": ["clang", "--target=riscv64-unknown-elf"],
}
FLAGS = ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-std=gnu11",
         "-ffreestanding", "-fomit-frame-pointer", "-I.", "-idirafter",
         "include/freestanding", "-fno-pic", "-fno-stack-protector", "-DPERTURB=0",
         "-DHOST=0", "-DDEBUG=0", "-DLAB=0", "-DEXPLORE=0"]
FOLDER = "build/codegen"

os.makedirs(FOLDER, exist_ok=True)
for cc, command in COMPILERS.items():
    for level in "-O1", "-O2":
        obj = "%s/%s%s.o" % (FOLDER, cc, level)
        subprocess.run(command + FLAGS + [level, "-c", "-o", obj,
                                          "tests/codegen/atomics.c"], check=True)
        found = check.functions(obj, CROSS + "objdump")
        for name, code in found.items():
            wrong = check.verdict(name, code)
            tap.ok(not wrong, "%s %s: %s" % (cc, level, name),
                   wrong + "\n" + "\n".join(code))
        # The checker itself can fail: relaxed is neither of the two.
        for name in "relaxed_cas_64", "relaxed_add_32":
            tap.ok(not check.has_release(found[name])
                   and not check.has_acquire(found[name]),
                   "%s %s: %s is seen to be unordered" % (cc, level, name),
                   "\n".join(found[name]))
# PREEMPT-1: a routine of lib/mem.c never changes ra.
for cc in COMPILERS:
    for mode in "release", "debug":
        obj = "build/%s-%s-lab/lib/mem.o" % (cc, mode)
        found = check.functions(obj, CROSS + "objdump")
        wrong = {name: line for name, code in found.items() for line in code
                 if check.changes_ra(line)}
        tap.ok("memmove" in found and not wrong,
               "%s %s: the routines of lib/mem.c leave ra alone" % (cc, mode),
               str(wrong))
tap.ok(check.changes_ra("jal 4e <memset>") and check.changes_ra("ld ra,8(sp)"),
       "a call and a load of ra are seen to change it")
for cc in COMPILERS:
    for mode in "release", "debug":
        found = light.verdicts(tap.image(cc=cc, mode=mode))
        tap.ok("antler_chan_select" in found and "antler_chan_recv" in found,
               "%s %s: the ways to a light park" % (cc, mode), str(found))
        for name, wrong in found.items():
            tap.ok(wrong is None, "%s %s: %s uses nothing after it"
                   % (cc, mode, name), str(wrong))
tap.done()
