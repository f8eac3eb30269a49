"""Preemption where harts have vector registers, release build: the CPU of the
other runs has none."""
# needs: lab
import tap

tap.whole_runs_only()

for smp in 1, 4:
    run = tap.guest("vector smp=%d" % smp, tap.image(),
                    "test=^preempt[.] seed=%s" % tap.SEED, smp, timeout=300,
                    extra=["--cpu", "rv64,v=true"])
    tap.absorb(run)
    tap.ok(any(line.startswith("ok ") and "every_vector_register" in line
               and "SKIP" not in line for line in run.lines),
           "vector smp=%d: they were there" % smp, run.tail())
tap.done()
