"""Every test in the guest as clang and lld build it."""
# needs: clang clang-debug
import tap

for mode in "release", "debug":
    tap.guest_tests("clang %s smp=4" % mode, tap.image(cc="clang", mode=mode), 4)
tap.done()
