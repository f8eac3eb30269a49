/*
 * trees.h - the program "binary-trees": goroutines that build trees, count
 * their nodes and drop them, beside one that lasts.
 */
#pragma once

#include <stdint.h>

/* Build trees of depth 4, 6, ... depth, count their nodes and drop them: of
 * each depth as many trees as have about 2^depth * 32 nodes together, by a
 * goroutine of its own.  A tree of depth + 1 is counted before, and a tree of
 * depth lasts all the while.  Returns how many nodes were counted.  depth is at
 * most TREES_DEPTH_MAX.  Called by a goroutine, one at a time. */
enum { TREES_DEPTH_MAX = 20 };
uint64_t trees_run(int depth);

/* Returns what trees_run(depth) must return if nothing is lost. */
uint64_t trees_right(int depth);
