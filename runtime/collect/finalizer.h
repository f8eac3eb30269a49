/*
 * finalizer.h - the goroutine that runs finalizers and cleanups.
 */
#pragma once

/* Wake the goroutine that runs finalizers and cleanups, because some are due.
 * The caller is a goroutine that holds no lock. */
void finalizers_wake(void);
