/*
 * atomic.h - words and pointers that goroutines change without a lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Is this file compiled for the explorer, as part of a program with
 * -fsanitize=thread or of the runtime of an explore image? */
#if defined(__riscv) && (defined(__SANITIZE_THREAD__) || \
    (defined(EXPLORE) && EXPLORE))
#define ANTLER_EXPLORED_ 1
#else
#define ANTLER_EXPLORED_ 0
#endif

/*
 * Words that goroutines change without a lock (Go's sync/atomic).  A zeroed
 * word holds 0.  All atomic accesses of a program happen in one order, which
 * all goroutines see.  If one access reads what another wrote, everything that
 * the writer did before its access is seen after the read (sequential
 * consistency).
 *
 * load returns the word and store sets it.  add adds n and returns the new
 * value.  and, or and swap change the word and return the old value.  cas
 * stores value if the word is old, and returns true if it did.  All panic if
 * the word is misaligned.
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

/*
 * Panic ("misaligned memory address") if p is not aligned to size, a power of
 * two.  Some CPUs can do certain atomic accesses to a misaligned word, others
 * none, so the check is made here.  If the compiler knows the alignment of p,
 * the check costs nothing.
 */
void antler_misaligned(void) __attribute__((noreturn, cold));
static inline __attribute__((always_inline)) void
antler_check_aligned(const void *p, uintptr_t size)
{
	if (__builtin_expect(((uintptr_t)p & (size - 1)) != 0, 0))
		antler_misaligned();
}

/* Load or store a word once, as a whole, and in no particular order. */
#define ANTLER_LOAD_(word)         __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define ANTLER_STORE_(word, value) \
	__atomic_store_n(&(word), value, __ATOMIC_RELAXED)

#define ANTLER_ATOMIC_(name, type)                                         \
	static inline type                                                 \
	name##_load(const struct name *p)                                  \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_load_n(&p->v_, __ATOMIC_SEQ_CST);          \
	}                                                                  \
	static inline void                                                 \
	name##_store(struct name *p, type value)                           \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		__atomic_store_n(&p->v_, value, __ATOMIC_SEQ_CST);         \
	}                                                                  \
	static inline type                                                 \
	name##_add(struct name *p, type n)                                 \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_fetch_add(&p->v_, n, __ATOMIC_SEQ_CST) + n; \
	}                                                                  \
	static inline type                                                 \
	name##_and(struct name *p, type mask)                              \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_fetch_and(&p->v_, mask, __ATOMIC_SEQ_CST); \
	}                                                                  \
	static inline type                                                 \
	name##_or(struct name *p, type mask)                               \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_fetch_or(&p->v_, mask, __ATOMIC_SEQ_CST);  \
	}                                                                  \
	static inline type                                                 \
	name##_swap(struct name *p, type value)                            \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_exchange_n(&p->v_, value, __ATOMIC_SEQ_CST); \
	}                                                                  \
	static inline bool                                                 \
	name##_cas(struct name *p, type old, type value)                   \
	{                                                                  \
		antler_check_aligned(p, sizeof(p->v_));                    \
		return __atomic_compare_exchange_n(&p->v_, &old, value,    \
		    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
	}
ANTLER_ATOMIC_(atomic32, uint32_t)
ANTLER_ATOMIC_(atomic64, uint64_t)

/*
 * A pointer that goroutines change without a lock.  It may point into the
 * collected heap, and keeps its object alive if GC_TYPE names it: in struct
 * node { struct atomicptr next; }, GC_TYPE(node, next.ptr_).  Its functions do
 * and return what those of atomic64 with these names do.
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
