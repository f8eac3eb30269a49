/*
 * touch.h - faulting early: whether memory that a program gave us is there is
 * tried before anything is locked or changed.
 */
#pragma once

#include "lib/compiler.h"

/* Read, or write back, something on each page of the n bytes at p, which are
 * the caller's alone; what cannot be done is a panic of the goroutine.  No
 * locks held. */
void touch_in(const void *p, size_t n);
void touch_out(void *p, size_t n);
