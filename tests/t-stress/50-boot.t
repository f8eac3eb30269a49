"""Boot again and again: the start of harts is a race of its own."""
# needs: nothing
import tap

tap.whole_runs_only()

for smp in 1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 100, 127, 128:
    for i in range(10 if smp <= 16 else 2):
        tap.boots("boot smp=%d, time %d" % (smp, i + 1), tap.image("nothing"),
                  smp, timeout=450)
tap.done()
