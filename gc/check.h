/*
 * check.h - check the heap against its invariants.
 */
#pragma once

/* Panic if a pointer of a marked object leads to an object that is not marked.
 * World stopped, with marking done and no span swept since. */
void check_marks_stw(void);
