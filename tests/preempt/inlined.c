/*
 * inlined.c - see inlined.h.
 */
#include "tests/preempt/inlined.h"

GC_INLINES_BARRIERS void
inlined_slow_store(void *arg)
{
	struct slow_store *s = arg;
	bool marks = ANTLER_LOAD_(gc_barrier_on_) != 0;

	s->tested = true;
	while (!s->go_on)
		;
	for (uint32_t i = 0; i < s->n; i++) {
		if (marks)
			gc_store(s->slots[i], NULL);
		else
			*(struct pair *volatile *)s->slots[i] = NULL;
	}
	s->stored = true;
}

GC_INLINES_BARRIERS void
inlined_wait_for(const volatile uint64_t *count, uint64_t n,
    const volatile bool *give_up)
{
	uint64_t from = *count;

	while (*count - from < n && !*give_up)
		;
}

GC_INLINES_BARRIERS void
inlined_swap(struct pair **ring, uint32_t len, uint32_t n, uint64_t seed)
{
	while (n-- > 0) {
		struct pair *a, *b, *next;

		seed = seed * 6364136223846793005 + 1442695040888963407;
		a = ring[(seed >> 40) % len];
		b = ring[(seed >> 20) % len];
		next = a->next;
		gc_store_inlined(&a->next, b->next);
		gc_store_inlined(&b->next, next);
	}
}

void
inlined_elsewhere(void *slot)
{
	gc_store_inlined((struct pair **)slot, NULL);
}
