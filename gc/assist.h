/*
 * assist.h - make goroutines that allocate while the heap is marked help to
 * mark it.
 */
#pragma once

#include "gc/gc.h"

/* Begin marking; about expected_bytes are to be marked.  World stopped. */
void assist_begin_stw(uint64_t expected_bytes);

/* Credit bytes that background marking has marked to the goroutines that
 * allocate. */
void assist_give(uint64_t bytes);

/* Pay for what this P has allocated.  The goroutine may move to another P.  A
 * goroutine that can collect, phase GC_MARK, marking beside the mutators. */
void assist_pay(void);

/* Return the time that marking in assist_pay has taken since assist_begin_stw.
 * Time in which assist_pay gave way to other goroutines does not count. */
nanos_t assist_ns(void);

/* Return how many bytes have ever been marked in assist_pay. */
uint64_t assist_bytes(void);
