/*
 * hog.c - see hog.h.
 */
#include "tests/preempt/hog.h"

void
hog_run(void *arg)
{
	struct hog *hog = arg;

	while (!hog->stop)
		hog->turns++;
}

void
hog_for(uint64_t n)
{
	while (n-- > 0)
		__asm__ volatile("");
}

double
hog_series(uint64_t n)
{
	double part[8] = { 0 };
	double sum = 0;

	for (uint64_t k = 1; k <= n; k += 8)
		for (uint64_t i = 0; i < 8; i++) {
			double x = (double)(k + i);

			part[i] += 1.0 / (x * x);
		}
	for (int i = 0; i < 8; i++)
		sum += part[i];
	return sum;
}
