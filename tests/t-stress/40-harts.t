"""Every test in the guest on many harts, and with the harts in turn (icount)."""
# needs: lab
import tap

for smp in 16, 32:
    tap.guest_tests("smp=%d" % smp, tap.image(), smp, timeout=3000, silence=750,
                    extra=["--mem", "1G"])
for smp in 1, 4:
    tap.guest_tests("icount smp=%d" % smp, tap.image(), smp, timeout=3000,
                    silence=750, extra=["--icount"])
tap.done()
