/*
 * trace.c - one line for each collection, in the format that package runtime of
 * Go documents under GODEBUG=gctrace=1, so that Go's tools can read it:
 *
 *	gc # @#s #%: #+#+# ms clock, #+#/#/#+# ms cpu, #->#-># MB, # MB goal,
 *	# MB stacks, # MB globals, # P
 *
 * In a sum, the first number is the first stop, the middle one marking, and the
 * last one the second stop.  The processor time of marking is assists / workers
 * / idle time.  If marking stops the world, all of it is time of workers.
 */
#include "gc/trace.h"

#include "gc/gc.h"
#include "kernel/console.h"
#include "lib/fmt.h"

struct ms_text {
	char text[24];
};

/* Format ns as milliseconds with two or three significant digits, as Go
 * does. */
static struct ms_text
ms(nanos_t ns)
{
	struct ms_text out;
	long us = ns > 0 ? (long)(ns / NS_PER_US) : 0;

	if (us == 0)
		fmt_snprintf(out.text, sizeof(out.text), "0");
	else if (us < 100)
		fmt_snprintf(out.text, sizeof(out.text), "0.%03ld", us);
	else if (us < 1000)
		fmt_snprintf(out.text, sizeof(out.text), "0.%02ld", us / 10);
	else if (us < 10000)
		fmt_snprintf(out.text, sizeof(out.text), "%ld.%ld", us / 1000,
		    us % 1000 / 100);
	else
		fmt_snprintf(out.text, sizeof(out.text), "%ld", us / 1000);
	return out;
}

void
trace_print(const struct cycle_trace *t)
{
	nanos_t stop = MIN(t->mark_ns, t->start_ns) - t->stop_ns;
	nanos_t mark = t->end_ns - t->mark_ns;
	nanos_t end = t->last_ns - t->end_ns;
	nanos_t workers = t->worker_ns[GC_MARK_DEDICATED] +
	    t->worker_ns[GC_MARK_FRACTIONAL] + mark * t->marked.nworkers;
	nanos_t idle = t->worker_ns[GC_MARK_IDLE];
	long    at_ms = (long)(t->stop_ns / NS_PER_MS);

	kprintf("gc %lu @%ld.%03lds %ld%%: %s+%s+%s ms clock, "
	    "%s+%s/%s/%s+%s ms cpu, %lu->%lu->%lu MB, %lu MB goal, "
	    "%lu MB stacks, %lu MB globals, %u P\n",
	    (unsigned long)t->number, at_ms / 1000, at_ms % 1000,
	    (long)(t->pause_total_ns * 100 / (t->last_ns + 1)),
	    ms(stop).text, ms(mark).text, ms(end).text,
	    ms(stop).text, ms(t->assist_ns).text, ms(workers).text,
	    ms(idle).text, ms(end).text,
	    (unsigned long)(t->heap_start / MIB),
	    (unsigned long)(t->heap_end / MIB),
	    (unsigned long)(t->marked.live_bytes / MIB),
	    (unsigned long)(t->goal / MIB),
	    (unsigned long)(t->marked.stack_bytes / MIB),
	    (unsigned long)(t->marked.root_bytes / MIB), t->nprocs);
}
