"""Random programs whose books must balance: ten minutes on 4 harts, two on
others."""
# needs: lab lab-debug
import tap

for mode, smp, seconds in ("release", 4, 600), ("debug", 4, 120), \
        ("release", 1, 120), ("debug", 8, 120):
    tap.absorb(tap.guest("soak %s smp=%d" % (mode, smp), tap.image(mode=mode),
                         "test=^soak[.] STRESS=%d seed=%s" % (seconds, tap.SEED),
                         smp, timeout=(smp + 1) * seconds + 600, silence=300))
tap.done()
