/*
 * defer.h - how defer of panic.h is made; for that header only.
 *
 * The record of a deferred call lies in the frame of the function that defers.
 * The records of a goroutine are linked from 8(tp), a word that is the
 * goroutine's own.  fn is NULL while the call runs at the end of the block.
 * Three things keep the compiler from breaking this.
 *
 *  - The memory clobbers: memory accesses between defer and the end of the
 *    block stay between them.
 *  - ANTLER_PERHAPS_: as the compiler sees it, the function may return from
 *    here.  So the compiler does not take a function that ends in a panic for
 *    one that never returns.  Control never comes here: when a deferred call
 *    recovers, the unwinder (runtime/fail/gopanic.c) leaves the function,
 *    whatever type the function returns.  For this reason the statement is a
 *    "return;" without a result, in functions of all types, and the compiler's
 *    warning about it is switched off.  gcc's __builtin_return() would need no
 *    warning switched off, but it loads the registers of all kinds of results,
 *    also the floating-point register, which the text of the runtime must not
 *    touch.
 *  - The label in a static variable: the compiler can make no copy of the
 *    function, inlined or cloned, so the frame that holds the record is that
 *    of the function that defers.
 */
#pragma once

#include <stddef.h>

struct antler_deferred {
	struct antler_deferred *next;
	void                  (*fn)(void *);
	void                   *arg;
};
#define ANTLER_DEFER_(n, fn_, arg_)  ANTLER_DEFER2_(n, fn_, arg_)
#define ANTLER_DEFER2_(n, fn_, arg_)                                       \
	__attribute__((cleanup(antler_defer_run)))                         \
	struct antler_deferred defer_##n##_ = { .fn = (fn_), .arg = (arg_) }; \
	antler_defer_push(&defer_##n##_);                                  \
	ANTLER_MAY_RETURN_
#define ANTLER_MAY_RETURN_                                                 \
	do {                                                               \
		__label__ out_;                                            \
		static void *const here_ __attribute__((used)) = &&out_;   \
		_Pragma("GCC diagnostic push")                             \
		_Pragma(ANTLER_RETURN_NOTHING_)                            \
		if (ANTLER_PERHAPS_(out_)) {                               \
		out_:                                                      \
			return;                                            \
		}                                                          \
		_Pragma("GCC diagnostic pop")                              \
	} while (0)
/* The compiler's warning about "return;" in a function that has a result.
 * Since gcc 14 it has a name of its own; in clang it has always been part of
 * -Wreturn-type. */
#if defined(__clang__) || __GNUC__ < 14
#define ANTLER_RETURN_NOTHING_ "GCC diagnostic ignored \"-Wreturn-type\""
#else
#define ANTLER_RETURN_NOTHING_ "GCC diagnostic ignored \"-Wreturn-mismatch\""
#endif
/* Never true, but the compiler cannot know that.  clang (before 17) thinks that
 * each asm goto may jump to the labels of all others, so it gets another
 * form. */
#if defined(__clang__)
#define ANTLER_PERHAPS_(label)                                             \
	__extension__({                                                    \
		long never_;                                               \
		__asm__ volatile("li %0, 0" : "=r"(never_));               \
		__builtin_expect(never_, 0);                               \
	})
#else
#define ANTLER_PERHAPS_(label)                                             \
	__extension__({                                                    \
		__asm__ goto("" : : : : label);                            \
		0;                                                         \
	})
#endif

#if defined(__riscv)
static inline __attribute__((always_inline)) void
antler_defer_push(struct antler_deferred *d)
{
	__asm__ volatile("ld %0, 8(tp)" : "=r"(d->next));
	__asm__ volatile("sd %0, 8(tp)" : : "r"(d) : "memory");
}

static inline __attribute__((always_inline)) void
antler_defer_run(struct antler_deferred *d)
{
	void (*fn)(void *);

	__asm__ volatile("" : : : "memory");
	fn = d->fn;
	d->fn = NULL;
	fn(d->arg);
	__asm__ volatile("sd %0, 8(tp)" : : "r"(d->next) : "memory");
}
#else
void antler_defer_push(struct antler_deferred *d);
void antler_defer_run(struct antler_deferred *d);
#endif
