"""Every test in the guest with other seeds, and with a collection at every 50th
allocation."""
# needs: lab lab-debug
import tap

for i in range(5):
    for mode in "release", "debug":
        for smp in 2, 4, 8:
            append = "test=%s seed=%d" % (tap.pattern(), int(tap.SEED) + i)
            if i == 4:
                append += " GCEVERY=50"
            tap.absorb(tap.guest("%s %s smp=%d" % (append, mode, smp),
                                 tap.image(mode=mode), append, smp,
                                 timeout=2200, silence=300))
tap.done()
