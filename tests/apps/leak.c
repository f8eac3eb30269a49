/*
 * leak.c - a program that leaks objects of several types; how much of each is
 * in the order of their sizes here.
 */
#include "antler.h"

struct photo {			/* large, no pointers: 40 of them */
	char pixels[400000];
};

struct session {		/* small, pointers: most of it */
	struct session *next;
	struct user    *user;
	long            started, seen;
};

struct user {			/* as large as a session, but another map */
	char         *name;
	long          id, visits;
	struct photo *photo;
};

struct page {			/* above 512 bytes */
	struct page *next;
	char         text[1000];
};

GC_TYPE_NOPTR(photo);
GC_TYPE(session, next, user);
GC_TYPE(user, name, photo);
GC_TYPE(page, next);

static struct session *sessions;
static struct page *pages;

static struct user *
new_user(long id)
{
	struct user *u = gc_new(&user_type);

	u->id = id;
	if (id % 4096 == 0 && id / 4096 < 40)
		gc_store(&u->photo, gc_new(&photo_type));
	return u;
}

int
main(void)
{
	gc_root(sessions);
	gc_root(pages);
	for (long i = 0;; i++) {
		struct session *s = gc_new(&session_type);

		gc_store(&s->next, sessions);
		gc_store(&sessions, s);
		if (i % 3 == 0)
			gc_store(&s->user, new_user(i / 3));
		if (i % 100 == 0) {
			struct page *p = gc_new(&page_type);

			gc_store(&p->next, pages);
			gc_store(&pages, p);
		}
	}
}
