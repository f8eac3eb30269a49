/*
 * attach.c - finalizers and cleanups, attached and detached; what they are is
 * said in special.c.
 */
#include "gc/special_internal.h"

enum gc_attached
gc_attach_finalizer(void *obj, void (*fn)(void *obj, void *arg), void *arg)
{
	uintptr_t        ptr = (uintptr_t)obj;
	struct special **link, *sp;
	enum gc_attached result = GC_ATTACHED;

	spin_lock(&special_lock);
	if (special_find_locked(span_of(ptr), ptr, SPECIAL_FINALIZER,
	    &link) != NULL) {
		result = GC_ATTACHED_ALREADY;
	} else {
		sp = special_attach_locked(SPECIAL_FINALIZER, ptr, arg);
		if (sp == NULL)
			result = GC_ATTACHED_NO_MEMORY;
		else
			sp->fn.finalizer = fn;
	}
	spin_unlock(&special_lock);
	return result;
}

void
gc_detach_finalizer(void *obj)
{
	uintptr_t        ptr = (uintptr_t)obj;
	struct special **link, *sp;
	void            *arg = NULL;

	spin_lock(&special_lock);
	sp = special_find_locked(span_of(ptr), ptr, SPECIAL_FINALIZER, &link);
	if (sp != NULL) {
		*link = sp->next;
		arg = sp->arg;
		special_free_locked(sp);
	}
	spin_unlock(&special_lock);
	special_shade(arg);
}

struct special *
gc_attach_cleanup(void *ptr, void (*fn)(void *arg), void *arg,
    uint64_t *number)
{
	struct special *sp;

	spin_lock(&special_lock);
	sp = special_attach_locked(SPECIAL_CLEANUP, (uintptr_t)ptr, arg);
	if (sp != NULL) {
		sp->fn.cleanup = fn;
		*number = sp->number;
	}
	spin_unlock(&special_lock);
	return sp;
}

void
gc_detach_cleanup(struct special *sp, uint64_t number)
{
	void *arg = NULL;

	spin_lock(&special_lock);
	if (sp->number == number && special_kind(sp) == SPECIAL_CLEANUP) {
		/* Its object has not been swept, so it has its span. */
		struct special **at = special_list_locked(span_of(sp->ptr),
		    sp->ptr);

		while (*at != sp)
			at = &(*at)->next;
		*at = sp->next;
		arg = sp->arg;
		special_free_locked(sp);
	}
	spin_unlock(&special_lock);
	special_shade(arg);
}
