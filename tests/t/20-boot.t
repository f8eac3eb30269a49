"""Boot alone: many harts, and machines put together differently."""
# needs: nothing lab
import tap

tap.whole_runs_only()

NOTHING = tap.image("nothing")

for smp in 5, 16, 32, 64, 128:
    tap.boots("boot smp=%d" % smp, NOTHING, smp, timeout=300)
tap.boots("boot with AIA", NOTHING, 4,
          extra=["--machine", "aia=aplic-imsic"])
tap.boots("boot with APLIC", NOTHING, 4, extra=["--machine", "aia=aplic"])
tap.boots("boot without Sstc", NOTHING, 4, extra=["--cpu", "rv64,sstc=off"])
tap.boots("boot under icount", NOTHING, 4, extra=["--icount"])
tap.boots("boot with 2 GiB", NOTHING, 4, extra=["--mem", "2G"])
tap.boots("boot with 32 MiB", NOTHING, 2, extra=["--mem", "32M"])
tap.boots("the tour", tap.image(), 4)
tap.boots("the tour on one hart", tap.image(), 1)
tap.done()
