"""Every scene: it ends well with its fix, and badly, every time, without."""
# needs: lab lab-debug
import tap

tap.whole_runs_only()

for name, fault, least in tap.scenes():
    for mode in "release", "debug":
        for smp in 2, 4, 8:
            if smp >= least:
                tap.scene(name, fault, mode, smp)
tap.ok(tap.count > 0, "there are scenes")
tap.done()
