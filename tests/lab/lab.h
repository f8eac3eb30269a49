/*
 * lab.h - the parts of the lab image: what it does when nobody asks for
 * anything particular.
 */
#pragma once

#include "lib/compiler.h"

/* A short walk through the machine; every step checks its own truth.  Returns
 * whether all were true. */
bool tour(void);

/* Commands from the console until it ends (^D); `off` does not return. */
void shell(void);

/* End the machine in the way of that name (cmd_crash.c); false if there is none
 * or, as may be for "rank", it did no harm. */
bool crash(const char *name);
