"""Every scene: it ends well with its fix, and badly, every time, without."""
# needs: lab lab-debug
import glob
import re

import tap

tap.whole_runs_only()

SCENE = re.compile(r'^SCENE\(\s*(\w+),\s*(?:"[^"]*"\s*)+,\s*("(\w+)"|NULL),\s*'
                   r'(\d+)\)', re.M)
NO_HARTS = 77

for path in sorted(glob.glob("tests/scene/*.c")):
    with open(path) as f:
        scenes = SCENE.findall(f.read())
    for scene, _, fault, least in scenes:
        for mode in "release", "debug":
            for smp in 2, 4, 8:
                if smp < int(least):
                    continue
                name = "scene %s %s smp=%d" % (scene, mode, smp)
                run = tap.guest(name, tap.image(mode=mode), "scene=" + scene,
                                smp, timeout=90)
                tap.ok(run.status == 0 and not run.panic(), name, run.tail())
                if not fault:
                    continue
                name += " FAULT=" + fault
                run = tap.guest(name, tap.image(mode=mode),
                                "scene=%s FAULT=%s" % (scene, fault), smp,
                                timeout=90)
                tap.ok(run.status in (1, 2), name + " fails", run.tail())
tap.ok(tap.count > 0, "there are scenes")
tap.done()
