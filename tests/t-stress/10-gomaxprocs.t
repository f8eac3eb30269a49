"""Everything at once for a minute: GOMAXPROCS from 1 to 64 at random under
10,000 goroutines that allocate, with a collection every millisecond."""
# needs: lab lab-debug
import tap

for mode, smp in ("release", 4), ("debug", 4), ("release", 8), ("release", 2):
    tap.absorb(tap.guest("stress %s smp=%d" % (mode, smp), tap.image(mode=mode),
                         "test=^stress[.] STRESS=60 seed=" + tap.SEED, smp,
                         timeout=1500, silence=750))
tap.done()
