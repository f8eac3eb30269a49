"""Every scene twenty times on 2 to 8 harts, both ways."""
# needs: lab lab-debug
import tap

tap.whole_runs_only()

for name, fault, least in tap.scenes():
    for mode in "release", "debug":
        for smp in 2, 3, 4, 5, 6, 7, 8:
            if smp >= least:
                tap.scene(name, fault, mode, smp, times=20)
tap.done()
