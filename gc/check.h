/*
 * check.h - the heap against its invariants.
 */
#pragma once

/* Does every pointer of a marked object lead to a marked one?  Panics if not.
 * World stopped, marking done, before any sweep. */
void check_marks_stw(void);
