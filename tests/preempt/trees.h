/*
 * trees.h - the program "binary-trees": goroutines that build trees, count
 * their nodes and drop them, beside one that lasts.
 */
#pragma once

#include <stdint.h>

/* Trees of depth 4, 6, ... depth, as many of each as have some 2^depth * 32
 * nodes together, each depth by a goroutine of its own; one of depth + 1 before
 * and one of depth all the while.  Returns how many nodes were counted.  depth
 * is at most TREES_DEPTH_MAX.  A goroutine, one at a time. */
enum { TREES_DEPTH_MAX = 20 };
uint64_t trees_run(int depth);

/* What that is if nothing is lost. */
uint64_t trees_right(int depth);
