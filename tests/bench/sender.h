/*
 * sender.h - goroutines that send, for benchmarks of channels and of select.
 */
#pragma once

#include "include/antler.h"

struct sender {
	struct chan *c;
	int64_t      n;
};

/* Send the numbers 0 to n - 1 on c.  arg is a struct sender. */
void send_numbers(void *arg);
