/*
 * input.h - what is typed at the console, byte by byte, for goroutines.
 * Programs use read_line of antler.h, which is built on this.
 */
#pragma once

/* The next byte typed.  Parks until there is one; one goroutine at a time.  -1
 * if this machine has nothing to type on. */
int input_byte(void);
