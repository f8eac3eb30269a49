"""Every test in the guest, debug build, on 1, 2, 3, 4 and 8 harts."""
# needs: lab-debug
import tap

for smp in 8, 4, 3, 2, 1:
    tap.guest_tests("debug smp=%d" % smp, tap.image(mode="debug"), smp)
tap.done()
