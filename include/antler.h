/*
 * antler.h - the whole public API of Antler.
 *
 * Antler runs goroutines on bare RISC-V harts: a program is a C file with a
 * main() and this header.
 *
 *	#include "antler.h"
 *
 *	static void hello(void *who) { print("hello from %s\n", (char *)who); }
 *
 *	int main(void)
 *	{
 *		go(hello, "a goroutine");
 *		yield();
 *		return 0;	// the machine's exit status
 *	}
 *
 * Unless a function says otherwise it may be called by any goroutine, and
 * misuse is a fatal error that names the caller.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Goroutines ------------------------------------------------------- */

struct g;	/* a goroutine; opaque */

/*
 * Start fn(arg) as a new goroutine; it becomes runnable at once, on this P.
 * arg is kept alive by the new goroutine.  Fatal if fn is NULL ("go of nil
 * func value") or there is no memory for a stack.
 */
void go(void (*fn)(void *arg), void *arg);

/* The same with a name for tracebacks and ps; name is not copied. */
void go_named(const char *name, void (*fn)(void *arg), void *arg);

/* Let other goroutines run; this one stays runnable. */
void yield(void);

/* End this goroutine.  From main: wait for the others, as runtime.Goexit does.
 */
void goexit(void) __attribute__((noreturn));

/* The running goroutine, and its number (main is 1). */
struct g *self(void);
uint64_t  goid(void);

/* Goroutines that exist, system ones not counted. */
uint64_t num_goroutine(void);

/*
 * Stop running until somebody calls ready() on this goroutine.  Each ready()
 * ends one park(), also one that has not begun: a wake-up is never lost, but
 * two before a park() are one.  why is shown by ps and tracebacks.
 */
void park(const char *why);

/* End gp's park(), now or to come.  Any goroutine. */
void ready(struct g *gp);

/* ---- The machine ------------------------------------------------------ */

/*
 * Change how many goroutines may run at the same time, stopping the world for
 * a moment, and return the number before.  n < 1 changes nothing (a query),
 * n > 1024 becomes 1024.  More than there are harts is legal.
 */
int gomaxprocs(int n);

/* Harts that are online. */
int num_hart(void);

/* Nanoseconds on the machine's monotonic clock. */
int64_t now_ns(void);

/* Formatted text to the console, whole lines never mixed.  %d %u %x %c %s %p
 * %f with the usual flags, width, precision and length. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int  format(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Read a line from the console into buf without its newline; parks until one
 * is there.  Returns its length, or -1 at the end of input (^D). */
long read_line(char *buf, size_t size);

/* The value of boot argument name=value given as APP_name, or NULL. */
const char *boot_arg(const char *name);

/* End the machine with this status, at once. */
void exit(int status) __attribute__((noreturn));

/* ---- Waiting for each other ------------------------------------------- */

/* A counter of permits; zero-initialised it has none.  First come, first
 * served. */
struct sema {
	uint64_t opaque[4];
};

void sema_init(struct sema *s, uint32_t permits);
void sema_acquire(struct sema *s);	/* takes a permit; parks for one */
void sema_release(struct sema *s);	/* gives one */

/* sync.WaitGroup: zero-initialised it counts 0. */
struct waitgroup {
	uint64_t opaque[4];
};

/* Add n (may be negative) to the count.  Fatal if it becomes negative. */
void wg_add(struct waitgroup *wg, int n);
void wg_done(struct waitgroup *wg);	/* wg_add(wg, -1) */
void wg_wait(struct waitgroup *wg);	/* parks until the count is 0 */

/* ---- The collected heap ----------------------------------------------- */

/*
 * What the collector knows of a type.  The layout is gccgo's (go/types in
 * libgo, _type), so that objects of C and Go share one heap.
 */
struct gc_type {
	uint64_t       size;		/* of one object, bytes */
	uint64_t       ptrdata;		/* bytes of it that can hold pointers */
	uint32_t       hash;
	uint8_t        tflag;
	uint8_t        align;
	uint8_t        field_align;
	uint8_t        kind;
	const void    *equal;
	const uint8_t *gcdata;		/* a bit per word, lowest first */
	const void    *string;		/* here: a C string, the type's name */
	const void    *uncommon;
	const void    *ptr_to_this;
};

/* GC_TYPE goes here. */

/*
 * A new zeroed object.  Never NULL: without memory it collects, and if that
 * does not help the program ends with a report of the heap.  The try form
 * returns NULL instead.  n objects in a row for the array forms.
 */
void *gc_new(const struct gc_type *type);
void *gc_new_array(const struct gc_type *type, size_t n);
void *gc_try_new(const struct gc_type *type);
void *gc_try_new_array(const struct gc_type *type, size_t n);

/* size zeroed bytes that never hold a pointer into the heap. */
void *gc_new_bytes(size_t size);
void *gc_try_new_bytes(size_t size);

/*
 * *slot = value, for every pointer that is stored into the heap or a
 * registered root: the collector may be marking.  Stack variables need none.
 */
void gc_store_ptr(void **slot, void *value);
#define gc_store(slot, value)                                              \
	do {                                                               \
		__typeof__(*(slot)) gc_value_ = (value); /* same type */   \
		gc_store_ptr((void **)(slot), (void *)gc_value_);          \
	} while (0)

/* memmove and memset(0) of objects that contain pointers. */
void gc_move(const struct gc_type *type, void *dst, const void *src, size_t n);
void gc_clear(const struct gc_type *type, void *dst, size_t n);

/*
 * Make the n words at base a root: every pointer in them keeps its object
 * alive, for good.  base is a global, not in the heap.
 */
void gc_add_root(void *base, size_t nwords);
#define gc_root(var) gc_add_root(&(var), sizeof(var) / sizeof(void *))

/* Collect now; returns when what was unreachable at the call is free. */
void gc_collect(void);

/* GOGC: the heap may grow by this percentage between collections; < 0 is off.
 * Returns the value before. */
int  gc_set_percent(int percent);

/* Bytes the heap should stay below; 0 asks only.  Returns the value before. */
uint64_t gc_set_limit(uint64_t bytes);

struct gc_stats {
	uint64_t heap_live;	/* bytes in use after the last collection */
	uint64_t heap_alloc;	/* bytes in use now, garbage included */
	uint64_t heap_sys;	/* bytes of RAM the heap holds */
	uint64_t heap_goal;	/* heap_alloc that starts the next collection */
	uint64_t heap_limit;
	uint64_t total_alloc;	/* bytes ever allocated */
	uint64_t mallocs;	/* objects ever allocated */
	uint64_t frees;		/* objects ever freed */
	uint64_t num_gc;	/* collections finished */
	uint64_t pause_total_ns;
	uint64_t pause_max_ns;
	uint64_t pages_released;	/* pages given back to the machine */
};
void gc_read_stats(struct gc_stats *out);
