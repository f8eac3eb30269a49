"""The programs in apps/: each on one hart and on four, and what it must say."""
# needs: nothing
import glob
import os
import re
import subprocess

import tap
from terminal import Terminal

tap.whole_runs_only()


def line(pattern):
    return lambda lines: any(re.fullmatch(pattern, l) for l in lines)


def all_of(*tests):
    return lambda lines: all(t(lines) for t in tests)


def primes_are_right(lines):
    words = " ".join(lines).split("prime number")[0].split()
    numbers = [int(w) for w in words if w.isdigit()][-100:]
    return numbers == [n for n in range(2, 542)
                       if all(n % d for d in range(2, n))]


def picture_is_symmetric(lines):
    picture = [l for l in lines if set(l) <= set(" .:-=+*%@#") and len(l) > 20]
    return len(picture) == 32 and picture == picture[::-1] and \
        len("".join(picture).split("#")) > 300


def all_greeted(lines):
    said = sorted(l.split(",")[1].strip() for l in lines if l[:6] == "hello,")
    return said == ["Ms and Ps", "collector", "harts", "world"]


def books_balance(lines):
    """Every page that was made is gone or there; every ask was one or other."""
    words = " ".join(lines)
    said = re.search(r"(\d+) asked: (\d+) were there, (\d+) had to be made "
                     r"(\d+) were collected, (\d+) are left", words)
    if not said:
        return False
    asked, there, made, gone, left = map(int, said.groups())
    return asked == 8000 == there + made and made == gone + left and gone > 0


# What a program that runs by itself must say.
APPS = {
    "cache": books_balance,
    "words": all_of(line("42 words"), line("6 x A"), line("3 x waits"),
                    line("2 x until")),
    "hello": all_of(all_greeted, line(r"\d harts, no operating system")),
    "primes": line(r"148933 primes below 2000000, .*"),
    "resize": line(r"100000 of 100000 counted"),
    "tree": line(r"the kept tree still has 32767 nodes"),
    "sieve": all_of(primes_are_right, line(r"prime number 100 is 541")),
    "ping_pong": line(r"200000 hits in 100000 rounds, \d+ ns .*"),
    "philosophers": all_of(line(r"everyone is fed"),
                           line(r"Hypatia  has eaten 200 times")),
    "mandelbrot": all_of(picture_is_symmetric, line(r"\d+ points inside; .*")),
    "skynet": line(r"the sum of 10000 leaves is 49995000; .*"),
    "spinner": all_of(line(r".*\[#{40}\] 100%"),
                      line(r"22938473 steps, counted 4 times at once")),
}
# What is typed into the others, and what comes back, in any order.
TALKS = {
    "chat": [(b"", [b"say something"]),
             (b"helo\033[Dl\r", [b"<Ada> \"hello\"?", b"<Bob> Hm, hello.",
                                 b"<Cyd> hello!", b"(2 s)"]),
             (b"\x04", [])],
    "echo": [(b"", [b"> "]), (b"antler\r", [b"reltna"]), (b"\x04", [])],
}


def build(app):
    done = subprocess.run(["make", "-s", "app", "APP=apps/%s.c" % app],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return tap.ok(done.returncode == 0, app + " compiles", done.stdout)


def run(app, said, smp):
    name = "%s smp=%d" % (app, smp)
    result = tap.guest(name, tap.image(app), smp=smp, timeout=300)
    lines = [l.strip() for l in result.lines]
    tap.ok(result.status == 0 and not result.panic() and said(lines), name,
           result.tail())


def talk(app, turns, smp):
    t = Terminal("tools/qemu", "--qemu", tap.QEMU, "--smp", str(smp),
                 tap.image(app))
    good = True
    for keys, answers in turns:
        os.write(t.ours, keys)
        for answer in answers:
            good = t.wait_for(answer) and good
    t.wait_for(b"(nothing)")
    tap.ok(t.status() == 0 and good, "%s smp=%d" % (app, smp), t.tail())


found = {os.path.basename(p)[:-2] for p in glob.glob("apps/*.c")}
tap.ok(found == set(APPS) | set(TALKS), "every program is tested",
       " ".join(sorted(found ^ (set(APPS) | set(TALKS)))))
for app in sorted(found):
    if not build(app):
        continue
    for smp in 1, 4:
        if app in APPS:
            run(app, APPS[app], smp)
        else:
            talk(app, TALKS.get(app, []), smp)
result = tap.guest("skynet leaves", tap.image("skynet"), "APP_leaves=1000")
tap.ok("the sum of 1000 leaves is 499500;" in result.text,
       "APP_leaves=1000 reaches the program", result.tail())
tap.done()
