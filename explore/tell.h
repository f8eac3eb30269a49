/* tell.h - a schedule in words: which virtual hart went on, and where the
 * virtual hart before it had stopped. */
#pragma once

#include "explore/player.h"

/* A schedule with these steps is about to be played: forget the last
 * schedule. */
void tell_begin(const struct steps *steps);

/* For player_watch: note a switch or an interrupt. */
void tell_step(const struct virtual_point *point, uint32_t what);

/* Print what was noted: each step, with the switches around it. */
void tell_print(void (*say)(const char *fmt, ...));
