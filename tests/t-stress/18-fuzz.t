"""Every public function with any arguments: five minutes on 4 harts and on 1,
then with everything checked; gcc's images and clang's."""
# needs: lab lab-debug clang
import tap

for cc, mode, smp, seconds in ("gcc", "release", 4, 300), \
        ("gcc", "release", 1, 300), ("gcc", "debug", 4, 200), \
        ("gcc", "debug", 1, 100), ("clang", "release", 4, 200):
    tap.absorb(tap.guest("fuzz %s %s smp=%d" % (cc, mode, smp),
                         tap.image(cc=cc, mode=mode),
                         "test=^fuzz[.] STRESS=%d seed=%s" % (seconds, tap.SEED),
                         smp, timeout=2 * seconds + 300, silence=seconds + 120))
tap.done()
