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

/*
 * For the inline functions of this header only: leave this goroutine's stack
 * and run fn(it) on the scheduler's; goes on when somebody executes it.  It is
 * a call that preserves next to nothing: so the compiler saves what the caller
 * really has in registers, once, and not the switch all twelve of them each
 * time.
 */
#if defined(__riscv)
#define ANTLER_LIGHT_CLOBBERS_                                             \
	"ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4",  \
	"a5", "a6", "a7", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",  \
	"s9", "s10", "s11", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5",      \
	"ft6", "ft7", "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2",   \
	"fa3", "fa4", "fa5", "fa6", "fa7", "memory"
#define ANTLER_LEAVE_LIGHT_(fn_)                                           \
	do {                                                               \
		register void (*a0_)(void *) __asm__("a0") = (fn_);        \
									   \
		__asm__ volatile("call switch_to_g0_light"                 \
		    : "+r"(a0_) : : "a1", ANTLER_LIGHT_CLOBBERS_);         \
	} while (0)
#else
#define ANTLER_LEAVE_LIGHT_(fn_) ((void)(fn_))
#endif

/* Let other goroutines run; this one stays runnable. */
void antler_yield_on_g0(void *g);
static inline void
yield(void)
{
	ANTLER_LEAVE_LIGHT_(antler_yield_on_g0);
}

/* Sleep for at least ns nanoseconds; <= 0 is a yield. */
void sleep_ns(int64_t ns);

/* End this goroutine, after its deferred calls.  From main: wait for the
 * others, as runtime.Goexit does. */
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

/*
 * Run fn(arg), which keeps this hart busy or asleep for long: polls a slow
 * device, say.  Others go on meanwhile: the right to run goroutines (the P) may
 * move to another hart.  fn runs on the hart's own stack, 16 KiB, and must not
 * call anything of this header but now_ns, format and print.
 */
void blocking_call(void (*fn)(void *arg), void *arg);

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

/* The value of boot argument name=value given as APP_name, or NULL. */
const char *boot_arg(const char *name);

/* End the machine with this status, at once. */
void exit(int status) __attribute__((noreturn));

/* ---- The console ------------------------------------------------------ */

/*
 * Instants called deadline_ns are on the clock of now_ns(); 0 is no deadline.
 * What a call returns when it has nothing else:
 */
enum io_error {
	IO_CLOSED = -1,		/* the end of input, or no console at all */
	IO_TIMEOUT = -2,	/* the deadline came first */
};

/*
 * Read a line into buf (size > 0) without its newline; parks until one is
 * there.  The user has the usual keys (arrows, home, end, ^A ^E ^K ^U ^W ^L, up
 * and down for earlier lines).  Returns its length; IO_CLOSED at the end of
 * input (^D in an empty line).  With a deadline IO_TIMEOUT is possible, and
 * what was typed until then comes back in the next line.
 */
long read_line(char *buf, size_t size);
long read_line_until(char *buf, size_t size, int64_t deadline_ns);

/* Up to n bytes as they are typed, without echo or editing; parks until there
 * is one.  Returns how many, or enum io_error.  Readers wait for each other,
 * deadline or not. */
long console_read(void *buf, size_t n, int64_t deadline_ns);

/* Send n bytes to the console; parks while it is slow, where print() holds the
 * hart.  Returns how many were sent, fewer than n only at the deadline; enum
 * io_error if none.  Never in the middle of a line of print() or of another
 * writer, nor the other way round. */
long console_write(const void *buf, size_t n, int64_t deadline_ns);

/* ---- Atomics ---------------------------------------------------------- */

/*
 * Go's sync/atomic: words that goroutines change without a lock.  Zeroed is 0.
 * All accesses of a program are in one order that all goroutines see, and
 * what was written before one is seen after another that reads it
 * (sequentially consistent).  add returns the new value; and, or and swap the
 * old one; cas stores value and returns true if the word was old.
 *
 *	struct atomic64 hits;
 *	atomic64_add(&hits, 1);
 */
struct atomic32 {
	uint32_t v_;
};
struct atomic64 {
	uint64_t v_;
};

#define ANTLER_ATOMIC_(name, type)                                         \
	static inline type                                                 \
	name##_load(const struct name *p)                                  \
	{                                                                  \
		return __atomic_load_n(&p->v_, __ATOMIC_SEQ_CST);          \
	}                                                                  \
	static inline void                                                 \
	name##_store(struct name *p, type value)                           \
	{                                                                  \
		__atomic_store_n(&p->v_, value, __ATOMIC_SEQ_CST);         \
	}                                                                  \
	static inline type                                                 \
	name##_add(struct name *p, type n)                                 \
	{                                                                  \
		return __atomic_fetch_add(&p->v_, n, __ATOMIC_SEQ_CST) + n; \
	}                                                                  \
	static inline type                                                 \
	name##_and(struct name *p, type mask)                              \
	{                                                                  \
		return __atomic_fetch_and(&p->v_, mask, __ATOMIC_SEQ_CST); \
	}                                                                  \
	static inline type                                                 \
	name##_or(struct name *p, type mask)                               \
	{                                                                  \
		return __atomic_fetch_or(&p->v_, mask, __ATOMIC_SEQ_CST);  \
	}                                                                  \
	static inline type                                                 \
	name##_swap(struct name *p, type value)                            \
	{                                                                  \
		return __atomic_exchange_n(&p->v_, value, __ATOMIC_SEQ_CST); \
	}                                                                  \
	static inline bool                                                 \
	name##_cas(struct name *p, type old, type value)                   \
	{                                                                  \
		return __atomic_compare_exchange_n(&p->v_, &old, value,    \
		    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
	}
ANTLER_ATOMIC_(atomic32, uint32_t)
ANTLER_ATOMIC_(atomic64, uint64_t)

/*
 * A pointer, which may be into the collected heap and then keeps its object
 * alive, if GC_TYPE names it: for struct node { struct atomicptr next; },
 * GC_TYPE(node, next.ptr_).
 */
struct atomicptr {
	union {
		struct atomic64 word_;
		void           *ptr_;
	};
};

static inline void *
atomicptr_load(const struct atomicptr *p)
{
	return (void *)atomic64_load(&p->word_);
}

void  atomicptr_store(struct atomicptr *p, void *value);
void *atomicptr_swap(struct atomicptr *p, void *value);
bool  atomicptr_cas(struct atomicptr *p, void *old, void *value);

/* ---- Waiting for each other ------------------------------------------- */

/*
 * All of these are ready for use when zeroed (but a cond wants its mutex), live
 * in globals, in the collected heap or on a stack, are not copied while in use,
 * and must outlive every call on them.  They cost a word or a few; the queues
 * are elsewhere.  Members that end in _ are not yours.
 */

/* A counter of permits.  First come, first served. */
struct sema {
	uint32_t word_;
};

void sema_init(struct sema *s, uint32_t permits);
void sema_acquire(struct sema *s);	/* takes a permit; parks for one */
bool sema_try_acquire(struct sema *s);	/* false: there is none now */
void sema_release(struct sema *s);	/* gives one */

/*
 * sync.Mutex.  Whoever runs takes it first, but who has waited for 1 ms gets it
 * handed, in order of arrival.  Any goroutine may unlock it.
 */
struct mutex {
	uint32_t word_;
};

static inline void mutex_lock(struct mutex *m);		/* parks for it */
static inline void mutex_unlock(struct mutex *m);	/* fatal if unlocked:
			 * "sync: unlock of unlocked mutex" */
bool mutex_trylock(struct mutex *m);	/* false: somebody has it */

/*
 * sync.RWMutex: many readers or one writer.  A writer that waits keeps new
 * readers out, so a reader must not take it again; and readers that have waited
 * for a writer go before the next one.  Unlocking what is not locked so is
 * fatal, with Go's words.
 */
struct rwmutex {
	int32_t      readers_;
	int32_t      leaving_;
	struct mutex writers_;
	struct sema  read_;
	struct sema  write_;
};

static inline void rw_rlock(struct rwmutex *rw);
static inline void rw_runlock(struct rwmutex *rw);
bool rw_tryrlock(struct rwmutex *rw);
void rw_lock(struct rwmutex *rw);
bool rw_trylock(struct rwmutex *rw);
void rw_unlock(struct rwmutex *rw);

/*
 * sync.Cond.  cond_wait, with the mutex held, unlocks it, parks until a signal
 * or broadcast, and locks it again; nothing but those wakes it, but the
 * condition may be false again by then.  Signals go to whoever waited first;
 * they need not hold the mutex.
 */
struct cond {
	struct mutex *mutex_;
	uint32_t      waiting_;
};

void cond_init(struct cond *c, struct mutex *m);
void cond_wait(struct cond *c);
void cond_signal(struct cond *c);	/* one, if any waits */
void cond_broadcast(struct cond *c);	/* all that wait */

/* sync.WaitGroup: zero-initialised it counts 0. */
struct waitgroup {
	uint64_t    state_;
	struct sema sema_;
};

/* Add n (may be negative) to the count.  Fatal if it becomes negative: "sync:
 * negative WaitGroup counter". */
void wg_add(struct waitgroup *wg, int n);
void wg_done(struct waitgroup *wg);	/* wg_add(wg, -1) */
void wg_wait(struct waitgroup *wg);	/* parks until the count is 0 */

/* Count fn(arg), run it as a goroutine, and wg_done when it ends.  A wg in
 * the collected heap and arg are kept alive. */
void wg_go(struct waitgroup *wg, void (*fn)(void *arg), void *arg);

/*
 * sync.Once.  The first once_do runs fn(arg); each returns when that has ended,
 * by a panic or goexit too.  fn must not call once_do on the same.
 */
struct once {
	struct atomic32 done_;
	struct mutex    mutex_;
};

void antler_once_slow(struct once *once, void (*fn)(void *arg), void *arg);
static inline void
once_do(struct once *once, void (*fn)(void *arg), void *arg)
{
	/* acquire: what fn did is seen. */
	if (__builtin_expect(__atomic_load_n(&once->done_.v_,
	    __ATOMIC_ACQUIRE) == 0, 0))
		antler_once_slow(once, fn, arg);
}

/* ---- how the fast paths of these work ---- */

enum { ANTLER_MUTEX_LOCKED_ = 1, ANTLER_RW_WRITER_ = 1 << 30 };

void antler_mutex_lock_slow(struct mutex *m);
void antler_mutex_unlock_slow(struct mutex *m);
void antler_rw_rlock_slow(struct rwmutex *rw);
void antler_rw_runlock_slow(struct rwmutex *rw, int32_t n);

/*
 * Free to locked is one lr/sc pair, locked with nobody waiting to free another:
 * four instructions each.  Everything else, a store-conditional that failed for
 * no reason too, is the slow path's.  In assembly because gcc 12 makes seven of
 * a compare-and-swap and puts the release in a fence.  The pairs order as in
 * table A.6 of the unprivileged specification: lr.aq takes, sc.rl gives.
 */
static inline void
mutex_lock(struct mutex *m)
{
#if defined(__riscv)
	__asm__ goto(
	    "lr.w.aq	t0, (%0)\n\t"
	    "bnez	t0, %l2\n\t"
	    "sc.w	t0, %1, (%0)\n\t"
	    "bnez	t0, %l2"
	    : : "r"(&m->word_), "r"(ANTLER_MUTEX_LOCKED_) : "t0", "memory"
	    : slow);
	return;
slow:
#else
	uint32_t none = 0;

	if (__atomic_compare_exchange_n(&m->word_, &none,
	    ANTLER_MUTEX_LOCKED_, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
#endif
	antler_mutex_lock_slow(m);
}

static inline void
mutex_unlock(struct mutex *m)
{
#if defined(__riscv)
	__asm__ goto(
	    "lr.w	t0, (%0)\n\t"
	    "bne	t0, %1, %l2\n\t"
	    "sc.w.rl	t0, zero, (%0)\n\t"
	    "bnez	t0, %l2"
	    : : "r"(&m->word_), "r"(ANTLER_MUTEX_LOCKED_) : "t0", "memory"
	    : slow);
	return;
slow:
#else
	uint32_t locked = ANTLER_MUTEX_LOCKED_;

	if (__atomic_compare_exchange_n(&m->word_, &locked, 0, false,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
#endif
	antler_mutex_unlock_slow(m);
}

/* Readers only count; negative says that a writer is there or waits. */
static inline void
rw_rlock(struct rwmutex *rw)
{
	/* acquire: what the last writer did is seen. */
	if (__builtin_expect(__atomic_fetch_add(&rw->readers_, 1,
	    __ATOMIC_ACQUIRE) < 0, 0))
		antler_rw_rlock_slow(rw);
}

static inline void
rw_runlock(struct rwmutex *rw)
{
	/* release: what was read was read before the next writer. */
	int32_t n = __atomic_fetch_sub(&rw->readers_, 1, __ATOMIC_RELEASE) - 1;

	if (__builtin_expect(n < 0, 0))
		antler_rw_runlock_slow(rw, n);
}

/* ---- Failing ---------------------------------------------------------- */

/*
 * defer(fn, arg); makes fn(arg) run at the end of the enclosing block: when
 * control leaves it in any way C knows, when a panic unwinds past it, and on
 * goexit().  The newest runs first.  It is a declaration and a statement, so
 * it stands in a block, not behind an if.
 *
 *	static void unlock(void *mu) { mutex_unlock(mu); }
 *
 *	mutex_lock(&mu);
 *	defer(unlock, &mu);
 *	...			// return, goto, go_panic: unlocked
 *
 * As in Go a deferred call may end the panic that runs it, with recover().
 * Then the function that deferred it returns to its caller at once, after its
 * other deferred calls.  What it returns is not specified: let results go
 * through pointers, as here, or use try_call, which is made of the two.
 *
 *	static void give_up(void *ok) { *(bool *)ok = recover() == NULL; }
 *
 *	static void parse(const char *text, bool *ok)
 *	{
 *		*ok = true;
 *		defer(give_up, ok);
 *		parse_value(text);	// may panic anywhere below
 *	}
 *
 * A function that defers is never inlined.  After a panic by a fault (a bad
 * pointer, say) the compiler may not yet have done stores that stand before
 * the access that failed; those before the defer are done.
 */
#include "antler_defer.h"
#define defer(fn_, arg_) ANTLER_DEFER_(__COUNTER__, fn_, arg_)

/* What a panic is about. */
enum { PANIC_TEXT = 200 };
struct panic_info {
	void       *value;	/* what go_panic_value was given, or NULL */
	uintptr_t   pc;		/* the caller of go_panic, or what faulted */
	const char *cause;	/* the trap that was the reason, or NULL */
	uintptr_t   addr;	/* that it touched */
	const char *file;	/* of a failed check in a program, or NULL */
	uint32_t    line;
	char        text[PANIC_TEXT];	/* "panic: " and this is printed */
};

/*
 * Begin a panic of this goroutine: its deferred calls run, newest first, until
 * one recovers; if none does, "panic: text" and a traceback end the machine
 * with status 2.  A panic in a deferred call takes the place of the one that
 * runs it.
 *
 * What a program does wrong panics too, with Go's words: "runtime error:
 * invalid memory address or nil pointer dereference" for any bad pointer, also
 * one given to a function here that only reads or writes there; misaligned
 * addresses and illegal instructions; division by zero and, where the compiler
 * knows its length, an index beyond an array (APP= programs are compiled with
 * checks for the two).  A stack that is full is a fatal error, as are misuse of
 * a mutex, a deadlock and a lack of memory: these nobody recovers from.
 */
void go_panic(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn, cold));

/* The same with a value for whoever recovers. */
void go_panic_value(void *value, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn, cold));

/*
 * In a deferred call that a panic runs, or a function it calls: end that panic
 * as soon as the deferred call returns, and tell what it was about.  NULL
 * everywhere else: without a panic, on goexit, the second time, and in calls
 * that were deferred by functions which the first deferred call calls.  (Go
 * wants it called by the deferred function itself.)  What is returned lives as
 * long as the deferred call: copy it to keep it.
 */
const struct panic_info *recover(void);

/*
 * Call fn(arg).  False if it panicked, with the reason in *why unless why is
 * NULL.  goexit() in fn ends the goroutine as ever.
 */
bool try_call(void (*fn)(void *arg), void *arg, struct panic_info *why);

/* ---- Timers ----------------------------------------------------------- */

/* Something that happens at a time to come.  A collected object: it happens
 * also if nobody keeps a pointer to it. */
struct timer;

/*
 * A timer that sends the time on its channel, once, ns nanoseconds from now; a
 * ticker that does so every ns nanoseconds (fatal if ns <= 0), dropping ticks
 * that nobody takes.  What is sent is the now_ns() at which it was due.  The
 * channel has no length and no capacity to be seen.  What nobody refers to any
 * more is freed, also if it was never stopped.
 */
struct timer *timer_new(int64_t ns);
struct timer *ticker_new(int64_t ns);

/* Its channel, of gc_int_type (NULL for after_func); that of timer_new(ns). */
struct chan;
struct chan *timer_chan(struct timer *t);
struct chan *after(int64_t ns);

/* Run fn(arg) in a goroutine of its own once ns nanoseconds have passed (at
 * once if ns <= 0).  arg is kept alive until then.  Fatal if fn is NULL. */
struct timer *after_func(int64_t ns, void (*fn)(void *arg), void *arg);

/*
 * Take t back.  True: in time; fn will not run, and no value from before can be
 * received.  False: it was not set, or fn runs, ran or is just about to, or the
 * value had been received.  Exactly one of the two, however close the race.
 */
bool timer_stop(struct timer *t);

/* Set t for ns from now, whether or not it is set, and return what timer_stop
 * would have. */
bool timer_reset(struct timer *t, int64_t ns);

/* The same for a ticker, which from now on ticks every ns nanoseconds.  Fatal
 * if ns <= 0, or if it is none; so is timer_reset of a ticker. */
void ticker_reset(struct timer *t, int64_t ns);

/* ---- Channels --------------------------------------------------------- */

/*
 * A Go channel: of elements of one type, with room for cap of them; those sent
 * into one without room wait for a receiver.  First in, first out, and so are
 * those who wait.  Everything before a send is seen after its receive, and the
 * k-th receive of a channel with room for n before the (k + n)-th send
 * completes; a close is seen by who receives because of it.
 *
 * A NULL channel is Go's nil one: sends and receives wait for ever.
 */
struct chan;	/* collected; opaque */
struct gc_type;

/* A new channel.  elem may be any type, of size 0 too.  Fatal if there cannot
 * be that much memory ("makechan: size out of range"). */
struct chan *chan_make(const struct gc_type *elem, size_t cap);

/* Element types without pointers: an int64_t, a byte, and nothing at all, for
 * channels that only signal. */
extern const struct gc_type gc_int_type, gc_byte_type, gc_empty_type;

/*
 * The rest of chan_send and chan_recv, called in a way that the compiler saves
 * what registers it really needs; see ANTLER_LEAVE_LIGHT_.
 */
#if defined(__riscv)
#define ANTLER_CALL_LIGHT_(fn_, c_, value_)                                \
	({                                                                 \
		register uintptr_t a0_ __asm__("a0") = (uintptr_t)(c_);    \
		register uintptr_t a1_ __asm__("a1") = (uintptr_t)(value_); \
									   \
		__asm__ volatile("call " #fn_                              \
		    : "+r"(a0_), "+r"(a1_) : : ANTLER_LIGHT_CLOBBERS_);    \
		a0_;                                                       \
	})
#else
#define ANTLER_CALL_LIGHT_(fn_, c_, value_) fn_(c_, value_)
#endif
void      antler_chan_send(struct chan *c, const void *value);
uintptr_t antler_chan_recv(struct chan *c, void *out);

/* Send the element at value, which is copied.  Waits for room or a receiver.
 * Fatal if c is or becomes closed ("send on closed channel"). */
static inline void
chan_send(struct chan *c, const void *value)
{
	(void)ANTLER_CALL_LIGHT_(antler_chan_send, c, value);
}

/* Receive an element into *out (NULL: throw it away); waits for one.  False if
 * c is closed and all has been received: then *out is zeroed. */
static inline bool
chan_recv(struct chan *c, void *out)
{
	return ANTLER_CALL_LIGHT_(antler_chan_recv, c, out) != 0;
}

/* The same, unless they would have to wait: then they return false, and *out is
 * as it was.  *ok (or NULL) is what chan_recv would have returned. */
bool chan_try_send(struct chan *c, const void *value);
bool chan_try_recv(struct chan *c, void *out, bool *ok);

/* No more is sent.  Who waits to receive, or does later, gets what is there and
 * then false.  Fatal: "close of nil channel", "close of closed channel". */
void chan_close(struct chan *c);

/* Elements that wait in c's buffer, and how many can.  0 for NULL. */
size_t chan_len(struct chan *c);
size_t chan_cap(struct chan *c);

/*
 * Go's select.  The cases are the caller's until it returns.  A case whose chan
 * is NULL is never ready.
 *
 *	struct select_case cases[] = {
 *		{ .op = SELECT_RECV, .chan = c, .value = &x },
 *		{ .op = SELECT_SEND, .chan = d, .value = &y },
 *	};
 *	switch (chan_select(cases, 2)) { ... }
 */
enum select_op { SELECT_SEND, SELECT_RECV };
struct select_case {
	enum select_op op;
	bool           ok;	/* of a receive that went: chan_recv's result */
	struct chan   *chan;
	void          *value;	/* as in chan_send, chan_recv */
};

/*
 * Do one of n cases and return its index; of those that can go one at random,
 * all as likely.  If none can, chan_select waits for one (for ever if n is 0)
 * and chan_try_select returns -1: the default case.
 */
int antler_chan_select(struct select_case *cases, int n);
static inline int
chan_select(struct select_case *cases, int n)
{
	return (int)ANTLER_CALL_LIGHT_(antler_chan_select, cases, n);
}

int chan_try_select(struct select_case *cases, int n);



/* ---- Contexts and groups ---------------------------------------------- */

/*
 * Go's context: what a piece of work is told from above, to give up above all.
 * Contexts form a tree; cancelling one cancels all made of it.  Objects of the
 * heap; those that are cancelled let go of each other.  A NULL parent is fatal.
 */
struct context;
struct chan;

/* Never cancelled, no deadline, no values: the root of all others. */
struct context *ctx_background(void);

/* A child that ctx_cancel, or time, or its parent cancels.  at_ns is on the
 * clock of now_ns().  One with a deadline should be cancelled when the work is
 * done, so that its timer goes. */
struct context *ctx_with_cancel(struct context *parent);
struct context *ctx_with_deadline(struct context *parent, int64_t at_ns);
struct context *ctx_with_timeout(struct context *parent, int64_t ns);

/* A child that says value to who asks for key, an address that nobody else
 * uses; and one that the parent's end does not reach. */
struct context *ctx_with_value(struct context *parent, const void *key,
    void *value);
struct context *ctx_without_cancel(struct context *parent);

/* Cancel a context that one of the first three made, and all below it; again is
 * nothing.  cause, or NULL, is a string for ctx_cause; not copied. */
void ctx_cancel(struct context *ctx, const char *cause);

/* A channel that is closed when ctx is cancelled; NULL if it cannot be. */
struct chan *ctx_done(struct context *ctx);

/* NULL, or one of the two when ctx is cancelled; and why: what the first cancel
 * above said, else the same as ctx_err. */
const char *ctx_err(struct context *ctx);
const char *ctx_cause(struct context *ctx);
extern const char ctx_canceled[];		/* "context canceled" */
extern const char ctx_deadline_exceeded[];	/* "context deadline ..." */

/* Has ctx a deadline?  Then *at_ns (or NULL) is it. */
bool  ctx_deadline(struct context *ctx, int64_t *at_ns);

/* What the nearest of ctx and those above says to key, or NULL. */
void *ctx_value(struct context *ctx, const void *key);

/* Run fn(arg) in a goroutine of its own when ctx is cancelled.  Stop returns
 * true if that was in time: fn will not run. */
struct ctx_after;
struct ctx_after *ctx_after_func(struct context *ctx, void (*fn)(void *arg),
    void *arg);
bool ctx_after_stop(struct ctx_after *after);

/*
 * Go's errgroup: goroutines that work for one result.  The first that returns
 * an error (a string, not copied) cancels the group's context, a child of
 * parent; its error is what group_wait returns, NULL if all went well.  parent
 * may be NULL: then there is nothing to cancel.
 */
struct group *group_new(struct context *parent);
struct context *group_ctx(struct group *g);
void group_go(struct group *g, const char *(*fn)(void *arg), void *arg);
const char *group_wait(struct group *g);	/* cancels the context, too */

/* No more than n at a time: group_go waits for a place, group_try_go returns
 * false.  n < 0 is no limit.  Fatal while any runs. */
void group_set_limit(struct group *g, int n);
bool group_try_go(struct group *g, const char *(*fn)(void *arg), void *arg);


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

/*
 * GC_TYPE(node, left, right) declares node_type, the gc_type of struct node,
 * whose pointers into the heap are the named members: pointers or arrays of
 * pointers (every element counts), 1 to 16 of them, within the struct's first
 * 4 KiB; a member of a member is named as in C, list.head.  GC_TYPE_OF(name,
 * type, ...) does the same for any type that has members.  A pointer that is
 * not named does not keep its object alive.  GC_TYPE_NOPTR(blob) declares
 * blob_type for a struct blob without any.
 *
 *	struct node { struct node *left, *right; long key; };
 *	GC_TYPE(node, left, right);
 *	struct node *n = gc_new(&node_type);
 *
 * The pointer map is a constant, made by the compiler.  A descriptor from
 * elsewhere works too; gc_new wants gcdata aligned to 8 bytes and padded with
 * zeros to a whole number of 64-bit words, gc_new_array takes any.
 */
#define GC_TYPE(tag, ...) GC_TYPE_OF(tag, struct tag, __VA_ARGS__)
#define GC_TYPE_OF(name, type, ...)                                        \
	GC_EACH_(GC_CHECK_, 0, type, __VA_ARGS__)                          \
	static const uint64_t name##_gcdata[8]                             \
	    __attribute__((unused)) = {                                    \
		GC_WORD_(0, type, __VA_ARGS__),                            \
		GC_WORD_(1, type, __VA_ARGS__),                            \
		GC_WORD_(2, type, __VA_ARGS__),                            \
		GC_WORD_(3, type, __VA_ARGS__),                            \
		GC_WORD_(4, type, __VA_ARGS__),                            \
		GC_WORD_(5, type, __VA_ARGS__),                            \
		GC_WORD_(6, type, __VA_ARGS__),                            \
		GC_WORD_(7, type, __VA_ARGS__),                            \
	};                                                                 \
	static const struct gc_type name##_type __attribute__((unused)) = { \
		.size = sizeof(type),                                      \
		.ptrdata = sizeof(union {                                  \
			GC_EACH_(GC_ENDS_, 0, type, __VA_ARGS__) }),       \
		.align = _Alignof(type), .field_align = _Alignof(type),    \
		.kind = GC_KIND_STRUCT,                                    \
		.gcdata = (const uint8_t *)name##_gcdata,                  \
		.string = #name,                                           \
	}
#define GC_TYPE_NOPTR(tag)                                                 \
	static const struct gc_type tag##_type __attribute__((unused)) = { \
		.size = sizeof(struct tag),                                \
		.align = _Alignof(struct tag),                             \
		.field_align = _Alignof(struct tag),                       \
		.kind = GC_KIND_STRUCT, .string = #tag,                    \
	}

/* One pointer; for arrays of pointers: gc_new_array(&gc_ptr_type, n). */
extern const struct gc_type gc_ptr_type;

/* Kinds as Go numbers them (reflect.Kind); only the last has a meaning here:
 * gcdata is a program, not a bitmap, which this collector refuses. */
enum { GC_KIND_STRUCT = 25, GC_KIND_POINTER = 22, GC_KIND_PROGRAM = 64 };

_Static_assert(sizeof(struct gc_type) == 64 &&
    offsetof(struct gc_type, ptrdata) == 8 &&
    offsetof(struct gc_type, hash) == 16 &&
    offsetof(struct gc_type, tflag) == 20 &&
    offsetof(struct gc_type, align) == 21 &&
    offsetof(struct gc_type, field_align) == 22 &&
    offsetof(struct gc_type, kind) == 23 &&
    offsetof(struct gc_type, equal) == 24 &&
    offsetof(struct gc_type, gcdata) == 32 &&
    offsetof(struct gc_type, string) == 40 &&
    offsetof(struct gc_type, uncommon) == 48 &&
    offsetof(struct gc_type, ptr_to_this) == 56,
    "gccgo lays its type descriptors out like this");

/* How GC_TYPE is made.  Words lo to hi of an object as bits of word w of its
 * map; the shifts are masked only to silence the branch not taken. */
#define GC_BITS_(lo, hi, w)                                                \
	((hi) <= 64 * (w) || (lo) >= 64 * (w) + 64 ? 0ULL :                \
	 (~0ULL >> (63 & ((hi) < 64 * (w) + 64 ? 64 * (w) + 64 - (hi) : 0))) & \
	 (~0ULL << (63 & ((lo) > 64 * (w) ? (lo)-64 * (w) : 0))))
#define GC_FIELD_(type, f)    (((type *)0)->f)
#define GC_LO_(type, f)       (offsetof(type, f) / 8)
#define GC_HI_(type, f)       (GC_LO_(type, f) + sizeof(GC_FIELD_(type, f)) / 8)
#define GC_WORD_(w, type, ...) 0ULL GC_EACH_(GC_OR_, w, type, __VA_ARGS__)
#define GC_OR_(i, w, type, f)  | GC_BITS_(GC_LO_(type, f), GC_HI_(type, f), w)
#define GC_ENDS_(i, x, type, f) char end##i[8 * GC_HI_(type, f)];
#define GC_CHECK_(i, x, type, f)                                           \
	_Static_assert(__builtin_classify_type(GC_FIELD_(type, f)) == 5,   \
	    #f " of " #type " is not a pointer");                          \
	_Static_assert(offsetof(type, f) % 8 == 0 &&                       \
	    sizeof(GC_FIELD_(type, f)) % 8 == 0,                           \
	    #f " of " #type " is not aligned");                            \
	_Static_assert(8 * GC_HI_(type, f) <= 4096,                        \
	    #f " of " #type " is beyond its first 4 KiB");

/* GC_EACH_(M, x, type, f...) is M(i, x, type, f) for each f. */
#define GC_EACH_(M, x, t, ...)                                             \
	GC_17TH_(__VA_ARGS__, GC_16_, GC_15_, GC_14_, GC_13_, GC_12_,      \
	    GC_11_, GC_10_, GC_9_, GC_8_, GC_7_, GC_6_, GC_5_, GC_4_,      \
	    GC_3_, GC_2_, GC_1_, 0)(M, x, t, __VA_ARGS__)
#define GC_17TH_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, ...) q
#define GC_1_(M, x, t, f)       M(1, x, t, f)
#define GC_2_(M, x, t, f, ...) M(2, x, t, f) GC_1_(M, x, t, __VA_ARGS__)
#define GC_3_(M, x, t, f, ...) M(3, x, t, f) GC_2_(M, x, t, __VA_ARGS__)
#define GC_4_(M, x, t, f, ...) M(4, x, t, f) GC_3_(M, x, t, __VA_ARGS__)
#define GC_5_(M, x, t, f, ...) M(5, x, t, f) GC_4_(M, x, t, __VA_ARGS__)
#define GC_6_(M, x, t, f, ...) M(6, x, t, f) GC_5_(M, x, t, __VA_ARGS__)
#define GC_7_(M, x, t, f, ...) M(7, x, t, f) GC_6_(M, x, t, __VA_ARGS__)
#define GC_8_(M, x, t, f, ...) M(8, x, t, f) GC_7_(M, x, t, __VA_ARGS__)
#define GC_9_(M, x, t, f, ...) M(9, x, t, f) GC_8_(M, x, t, __VA_ARGS__)
#define GC_10_(M, x, t, f, ...) M(10, x, t, f) GC_9_(M, x, t, __VA_ARGS__)
#define GC_11_(M, x, t, f, ...) M(11, x, t, f) GC_10_(M, x, t, __VA_ARGS__)
#define GC_12_(M, x, t, f, ...) M(12, x, t, f) GC_11_(M, x, t, __VA_ARGS__)
#define GC_13_(M, x, t, f, ...) M(13, x, t, f) GC_12_(M, x, t, __VA_ARGS__)
#define GC_14_(M, x, t, f, ...) M(14, x, t, f) GC_13_(M, x, t, __VA_ARGS__)
#define GC_15_(M, x, t, f, ...) M(15, x, t, f) GC_14_(M, x, t, __VA_ARGS__)
#define GC_16_(M, x, t, f, ...) M(16, x, t, f) GC_15_(M, x, t, __VA_ARGS__)

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

/*
 * sync.Pool: objects of the heap to be used again, which the collector may have
 * at any time: what was put back and not used for two collections is gone.  A
 * global or in the collected heap, zeroed but for its first two members.
 *
 *	static struct pool buffers = { .make = new_buffer };
 */
struct pool {
	void *(*make)(void *arg);	/* when there is none; or NULL */
	void   *arg;
	void   *store_;
};

/* Any object that was put, or make(arg), or NULL. */
void *pool_get(struct pool *pool);

/* The caller forgets x, an object of the heap.  NULL is ignored. */
void  pool_put(struct pool *pool, void *x);

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
