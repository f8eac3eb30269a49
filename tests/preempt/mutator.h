/*
 * mutator.h - a program that computes over a heap of lists, allocating or not;
 * it never calls the scheduler.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Build lists of 64-byte nodes, nnodes in all. */
void mutator_build(uint64_t nnodes);

/* Do n steps.  Each touches the head of a random list; if alloc, it first
 * replaces the head by a new node. */
void mutator_run(uint64_t n, bool alloc);

/* Forget the lists. */
void mutator_drop(void);
