/*
 * finalizer.h - the goroutine that runs finalizers and cleanups.
 */
#pragma once

/* Some are due: run them.  A goroutine that holds no lock. */
void finalizers_wake(void);
