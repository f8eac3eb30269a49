/*
 * type.h - what the collector knows of a type, made by the compiler.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* C and C++ have different names for a static assertion. */
#if defined(__cplusplus)
#define ANTLER_ASSERT_(...) static_assert(__VA_ARGS__)
#else
#define ANTLER_ASSERT_(...) _Static_assert(__VA_ARGS__)
#endif

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
 * GC_TYPE(node, left, right) declares node_type, the gc_type of struct node, in
 * which the named members are the pointers into the heap.  1 to 16 members may
 * be named.  Each is a pointer or an array of pointers (every element counts),
 * and lies within the first 4 KiB of the struct.  A member of a member is named
 * as in C: list.head.  GC_TYPE_OF(name, type, ...)  declares name_type for any
 * type that has members.  GC_TYPE_NOPTR(blob) declares blob_type for a struct
 * blob without pointers into the heap.  A pointer that is not named does not
 * keep its object alive.
 *
 *	struct node { struct node *left, *right; long key; };
 *	GC_TYPE(node, left, right);
 *	struct node *n = gc_new(&node_type);
 *
 * The pointer map of such a type is a constant, made by the compiler.  A type
 * descriptor from elsewhere works, too, if the descriptor, its pointer map and
 * its name lie in the image and do not change any more; any other descriptor
 * panics.  gc_new needs a gcdata that is aligned to 8 bytes and padded with
 * zeros to a whole number of 64-bit words; gc_new_array takes any gcdata.
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
	static const struct gc_type name##_type __attribute__((unused)) =  \
	    GC_DESCRIPTOR_(type, GC_PTRDATA_(type, __VA_ARGS__),           \
		(const uint8_t *)name##_gcdata, #name)
#define GC_TYPE_NOPTR(tag)                                                 \
	static const struct gc_type tag##_type __attribute__((unused)) =   \
	    GC_DESCRIPTOR_(struct tag, 0, NULL, #tag)

/* The type of a single pointer; gc_new_array(&gc_ptr_type, n) makes an array of
 * n pointers. */
extern const struct gc_type gc_ptr_type;

/* Kinds, as Go numbers them (reflect.Kind).  Only the last, a flag, has a
 * meaning here: gcdata is a program, not a bitmap.  This collector refuses such
 * types. */
enum { GC_KIND_STRUCT = 25, GC_KIND_POINTER = 22, GC_KIND_PROGRAM = 64 };

ANTLER_ASSERT_(sizeof(struct gc_type) == 64 &&
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

/* How GC_TYPE is made.  The initializers name all members in order, because C++
 * wants them so. */
#define GC_DESCRIPTOR_(type, ptrdata, gcdata, string)                      \
	{                                                                  \
		sizeof(type), ptrdata, 0, 0, __alignof__(type),            \
		__alignof__(type), GC_KIND_STRUCT, NULL, gcdata, string,   \
		NULL, NULL                                                 \
	}

/* The words lo to hi - 1 of an object, as bits of word w of the pointer map.
 * The shifts are masked only to silence warnings about the branch that is not
 * taken. */
#define GC_BITS_(lo, hi, w)                                                \
	((hi) <= 64 * (w) || (lo) >= 64 * (w) + 64 ? 0ULL :                \
	 (~0ULL >> (63 & ((hi) < 64 * (w) + 64 ? 64 * (w) + 64 - (hi) : 0))) & \
	 (~0ULL << (63 & ((lo) > 64 * (w) ? (lo)-64 * (w) : 0))))
#define GC_FIELD_(type, f)    (((type *)0)->f)
#define GC_LO_(type, f)       (offsetof(type, f) / 8)
#define GC_HI_(type, f)       (GC_LO_(type, f) + sizeof(GC_FIELD_(type, f)) / 8)
#define GC_WORD_(w, type, ...) 0ULL GC_EACH_(GC_OR_, w, type, __VA_ARGS__)
#define GC_OR_(i, w, type, f)  | GC_BITS_(GC_LO_(type, f), GC_HI_(type, f), w)
/* The bytes of an object up to its last pointer: 8 for each word, up to the
 * highest bit that is set in the map. */
#define GC_PTRDATA_(type, ...)                                             \
	(GC_TOP_(7, type, __VA_ARGS__) GC_TOP_(6, type, __VA_ARGS__)       \
	 GC_TOP_(5, type, __VA_ARGS__) GC_TOP_(4, type, __VA_ARGS__)       \
	 GC_TOP_(3, type, __VA_ARGS__) GC_TOP_(2, type, __VA_ARGS__)       \
	 GC_TOP_(1, type, __VA_ARGS__) GC_TOP_(0, type, __VA_ARGS__) 0)
#define GC_TOP_(w, type, ...)                                              \
	(GC_WORD_(w, type, __VA_ARGS__)) != 0 ?                            \
	    8 * (64 * (w) + 64 -                                           \
	     __builtin_clzll((GC_WORD_(w, type, __VA_ARGS__)) | 1)) :
#define GC_CHECK_(i, x, type, f)                                           \
	ANTLER_ASSERT_(__builtin_classify_type(GC_FIELD_(type, f)) == 5,   \
	    #f " of " #type " is not a pointer");                          \
	ANTLER_ASSERT_(offsetof(type, f) % 8 == 0 &&                       \
	    sizeof(GC_FIELD_(type, f)) % 8 == 0,                           \
	    #f " of " #type " is not aligned");                            \
	ANTLER_ASSERT_(8 * GC_HI_(type, f) <= 4096,                        \
	    #f " of " #type " is beyond its first 4 KiB");

/* GC_EACH_(M, x, type, f...) expands to M(i, x, type, f) for each f. */
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
