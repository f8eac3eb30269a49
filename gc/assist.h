/*
 * assist.h - who allocates while the heap is marked helps to mark it.
 */
#pragma once

#include "gc/gc.h"

/* Marking begins; about so many bytes are to be marked.  World stopped. */
void assist_begin_stw(uint64_t expected_bytes);

/* Background marking has marked so much: credit for those who allocate. */
void assist_give(uint64_t bytes);

/* Pay for what this P has allocated.  May move to another P.  A goroutine that
 * can collect, phase GC_MARK, marking beside the mutators. */
void assist_pay(void);

/* Time that marking in assist_pay has taken since assist_begin_stw; not what
 * else ran there, when it gave way to others. */
nanos_t assist_ns(void);

/* Bytes marked in assist_pay, ever. */
uint64_t assist_bytes(void);
