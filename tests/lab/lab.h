/*
 * lab.h - the parts of the lab image, and what it does when the boot arguments
 * ask for nothing particular.
 */
#pragma once

#include "lib/compiler.h"

/* Walk through the machine.  Every step checks that what it tells is true.
 * Returns true if all steps were. */
bool tour(void);

/* Run commands from the console until its input ends (^D).  The command `off`
 * does not return. */
void shell(void);

/* End the machine in the way of that name (cmd_crash.c).  Returns false if no
 * way has that name.  May return true: "rank" does no harm in some builds. */
bool crash(const char *name);
