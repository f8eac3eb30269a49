"""The collector in a loop beside everything: thirty minutes on 4 harts, ten of
each of three seeds; then with everything checked."""
# needs: lab lab-debug
import tap

for mode, smp, seconds, more in ("release", 4, 600, 0), ("release", 4, 600, 1), \
        ("release", 4, 600, 2), ("debug", 4, 120, 0), ("debug", 2, 120, 0):
    seed = int(tap.SEED, 0) + more
    tap.absorb(tap.guest("gcstress %s smp=%d seed=%d" % (mode, smp, seed),
                         tap.image(mode=mode),
                         "test=^gcstress[.] STRESS=%d seed=%d" % (seconds, seed),
                         smp, timeout=(smp + 1) * seconds + 600, silence=300))
tap.done()
