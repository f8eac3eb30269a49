/*
 * bench.c - runs the registered benchmarks, by name, and prints their results.
 */
#include "tests/bench/bench.h"

#include "kernel/clock.h"
#include "kernel/page.h"
#include "lib/check.h"
#include "lib/run_pattern.h"
#include "lib/str.h"

extern const struct bench __benches_start[], __benches_end[];

enum { BENCHES_MAX = 256, NAME_MAX_BYTES = 64 };

nanos_t bench_boot_ns;

/* Does the counter advance by one an instruction?  Without -icount QEMU's is
 * the host's clock, which never gives the same difference five times. */
bool
bench_counts_instr(void)
{
	uint64_t first = 0;

	if (num_hart() != 1)
		return false;
	for (int i = 0; i < 5; i++) {
		uint64_t start, end;

		__asm__ volatile("csrr %0, instret\n\t"
		    "nop\n\t nop\n\t nop\n\t nop\n\t nop\n\t nop\n\t nop\n\t"
		    "csrr %1, instret" : "=&r"(start), "=r"(end));
		if (end - start < 7 || end - start > 9)
			return false;
		if (i == 0)
			first = end - start;
		if (end - start != first)
			return false;
	}
	return true;
}

void
bench_start(struct bench *b)
{
	b->ns_start = clock_now();
	b->instr_start = clock_instret();
}

uint64_t
bench_instr_now(const struct bench *b)
{
	return clock_instret() - b->instr_start;
}

void
bench_stop(struct bench *b)
{
	b->instr += bench_instr_now(b);
	b->ns += clock_now() - b->ns_start;
}

void
bench_extra(struct bench *b, double value, const char *unit)
{
	CHECK(b->nextra < BENCH_EXTRAS);
	b->extra[b->nextra].value = value;
	b->extra[b->nextra].unit = unit;
	b->nextra++;
}

void
bench_skip(struct bench *b, const char *why)
{
	b->skipped = why;
}

/* MiB of RAM, as MEM= says: what the image and the firmware have is not in the
 * allocator's total. */
static uint64_t
ram_mib(void)
{
	struct page_stats stats;

	page_get_stats(&stats);
	return ROUND_UP(stats.total * PAGE_SIZE / MIB, 64UL);
}

static void
print_result(const struct bench *b, bool counts)
{
	char   line[400];
	size_t at;

	at = (size_t)format(line, sizeof(line), "Benchmark%s/harts=%d\t%8lu",
	    b->name, num_hart(), (unsigned long)b->n);
	if (counts)
		at += (size_t)format(line + at, sizeof(line) - at,
		    "\t%.1f instr/op", (double)b->instr / (double)b->n);
	at += (size_t)format(line + at, sizeof(line) - at, "\t%.1f ns/op",
	    (double)b->ns / (double)b->n);
	for (uint32_t i = 0; i < b->nextra; i++)
		at += (size_t)format(line + at, sizeof(line) - at, "\t%.1f %s",
		    b->extra[i].value, b->extra[i].unit);
	print("%s\n", line);
}

static struct waitgroup ended;

/* A benchmark's own goroutine: printing results has made the one of main() use
 * floating-point registers, which each of its switches would carry along. */
static void
run_in_goroutine(void *arg)
{
	struct bench *b = arg;

	b->run(b);
	wg_done(&ended);
}

static void
run_one(const struct bench *registered)
{
	struct bench b = *registered;

	if (b.min_mem > ram_mib()) {
		print("# Benchmark%s skipped: needs MEM=%luM\n", b.name,
		    (unsigned long)b.min_mem);
		return;
	}
	gc_collect();
	gomaxprocs(num_hart());
	wg_add(&ended, 1);
	go(run_in_goroutine, &b);
	wg_wait(&ended);
	if (b.skipped != NULL)
		print("# Benchmark%s skipped: %s\n", b.name, b.skipped);
	else
		print_result(&b, bench_counts_instr());
}

static bool
takes(const struct run_pattern *pattern, const struct bench *b)
{
	char full[NAME_MAX_BYTES];

	format(full, sizeof(full), "Benchmark%s", b->name);
	return run_pattern_takes(pattern, b->name) ||
	    run_pattern_takes(pattern, full);
}

/* Put the benchmarks that pattern takes into out, ordered by name.  Returns how
 * many there are. */
static uint32_t
select_benches(const struct run_pattern *pattern,
    const struct bench *out[BENCHES_MAX])
{
	uint32_t n = 0;

	for (const struct bench *b = __benches_start; b < __benches_end; b++) {
		uint32_t i = n;

		if (!takes(pattern, b))
			continue;
		CHECK(n < BENCHES_MAX);
		for (; i > 0 && strcmp(b->name, out[i - 1]->name) < 0; i--)
			out[i] = out[i - 1];
		out[i] = b;
		n++;
	}
	return n;
}

int
bench_run_all(const char *text)
{
	static struct run_pattern pattern;
	static const struct bench *order[BENCHES_MAX];
	const char *why = run_pattern_set(&pattern, text);
	uint32_t    n;

	if (why != NULL) {
		print("# bad pattern: %s\n", why);
		return BENCH_BAD_PATTERN;
	}
	n = select_benches(&pattern, order);
	if (n == 0) {
		print("# no benchmark matches %s; there are:\n", text);
		if (run_pattern_set(&pattern, "") == NULL)
			n = select_benches(&pattern, order);
		for (uint32_t i = 0; i < n; i++)
			print("#   %s\n", order[i]->name);
		return BENCH_NONE;
	}
	for (uint32_t i = 0; i < n; i++)
		run_one(order[i]);
	return (int)n;
}
