"""Programs of several files: what APP= takes, what is compiled again, and how large
their frames are."""
# needs: nothing
import os
import re
import shutil
import subprocess

import tap

tap.whole_runs_only()

FOLDER = "build/programs"
shutil.rmtree(FOLDER, ignore_errors=True)
shutil.copytree("docs/example", FOLDER + "/counted")
TEXT = b"the cat and the dog\nthe end, and\n"
COUNTED = ["3 the", "2 and", "1 cat", "1 dog", "1 end", "8 words"]


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def make(*words):
    return tap.Run("make", ["make", "V=1", "app", *words])


def compiled(run):
    """The names of the files that make compiled."""
    return sorted(re.findall(r" -c -o build/\S+/app/\S+ (?:\S+/)?(\S+\.[cS])$",
                             run.text, re.M))


def largest_frame(image):
    listed = subprocess.run(["riscv64-unknown-elf-nm", tap.image(image)],
                            stdout=subprocess.PIPE, text=True).stdout
    return int(re.search(r"^(\w+) A __app_frame_max$", listed, re.M)[1], 16)


APP = "APP=%s/counted" % FOLDER
run = make(APP)
tap.ok(run.status == 0 and compiled(run) == ["main.c", "table.c", "words.c"],
       "a folder is compiled with what is in the folders below it", run.tail())
for smp in 1, 4:
    result = tap.guest("counted smp=%d" % smp, tap.image("counted"), smp=smp,
                       timeout=300, given=TEXT)
    tap.ok(result.status == 0 and
           [l.strip() for l in result.lines][-6:] == COUNTED,
           "a program of several folders runs on %d harts" % smp, result.tail())
run = make(APP)
tap.ok(run.status == 0 and compiled(run) == [],
       "nothing is compiled again when nothing has changed", run.tail())
os.utime(FOLDER + "/counted/words/words.h")
run = make(APP)
tap.ok(run.status == 0 and compiled(run) == ["main.c", "words.c"],
       "a changed header compiles again what includes it", run.tail())
run = make(APP, "APP_CFLAGS=-DOTHER")
tap.ok(run.status == 0 and len(compiled(run)) == 3 and "-DOTHER" in run.text,
       "APP_CFLAGS= reaches the compiler and compiles all again", run.tail())

ASM = write("answer.S", "\t.globl answer\nanswer:\n\tli a0, 42\n\tret\n")
MAIN = write("asks.c", '#include "antler.h"\nint answer(void);\n'
             'int main(void) { return answer(); }\n')
run = make("APP=%s %s" % (MAIN, ASM))
tap.ok(run.status == 0 and compiled(run) == ["answer.S", "asks.c"],
       "several files, assembly too, are one program", run.tail())
result = tap.guest("asks", tap.image("asks"), timeout=120)
tap.ok(result.status == 42, "such a program runs", result.tail())
tap.ok(largest_frame("asks") < 100, "small frames are known to be small",
       str(largest_frame("asks")))
write("answer.S", "\t.globl answer\nanswer:\n\tli t0, -70000\n\tadd sp, sp, t0\n"
      "\tsd ra, 0(sp)\n\tli a0, 42\n\tli t0, 70000\n\tadd sp, sp, t0\n\tret\n")
run = make("APP=%s %s" % (MAIN, ASM))
tap.ok(run.status == 0 and 70000 <= largest_frame("asks") < 71000,
       "the frame of a function in assembly is known", run.tail())
write("answer.S", "\t.globl answer\nanswer:\n\tsub sp, sp, a0\n\tret\n")
run = make("APP=%s %s" % (MAIN, ASM))
tap.ok(run.status == 2 and "answer takes stack by alloca" in run.text,
       "a frame in assembly of unknown size is refused", run.tail())
run = make("APP=" + MAIN)
tap.ok(run.status == 2 and "undefined reference to `answer'" in run.text,
       "a file that is no longer named is no longer linked", run.tail())
shutil.rmtree(FOLDER)
tap.done()
