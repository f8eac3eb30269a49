"""Every test in the guest, release build, on 1, 2, 3, 4 and 8 harts."""
# needs: lab
import tap

for smp in 8, 4, 3, 2, 1:
    tap.guest_tests("release smp=%d" % smp, tap.image(), smp)
tap.done()
