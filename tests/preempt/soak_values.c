/*
 * soak_values.c - values through channels and selects (SOAK-2).
 *
 * A pipeline has senders, forwarders and sinks, and between two of these a
 * stage of several lines: channels with and without room, of numbers and of
 * pointers.  A stage is closed when all its senders have ended.  The first
 * receiver of a stage always takes from any line, so that each of the others
 * may wait at one line and nothing stands still.
 */
#include "tests/preempt/soak_internal.h"

enum {
	LINES = 4,
	SENDERS = 6,
	EACH = 40,			/* values of a sender, at most */
	VALUES = SENDERS * EACH,
	TAKERS = 4,			/* forwarders, and sinks */
};

/* A value of a line of pointers: two objects, of which the first one leads the
 * marker to the second one. */
struct box {
	struct box *inner;
	uint64_t    id;
	uint64_t    check;
};
GC_TYPE(box, inner);

union value {
	int64_t     id;
	struct box *box;
};

struct pipe {
	struct chan     *line[2 * LINES];	/* of the two stages */
	uint32_t         boxed;			/* a bit for each line */
	struct atomic32  next_sender;
	struct waitgroup senders, forwarders, sinks;
	struct atomic32  sent[VALUES], received[VALUES];
};
GC_TYPE(pipe, line);

/* A sender into a stage, or a receiver from it. */
struct end {
	struct rand *rand;
	struct pipe *pipe;
	int          first;		/* first line of the stage */
	bool         open[LINES];
};

static bool
is_boxed(const struct end *e, int i)
{
	return e->pipe->boxed >> (e->first + i) & 1;
}

static struct chan *
line(const struct end *e, int i)
{
	return e->pipe->line[e->first + i];
}

static void
wrap(const struct end *e, int i, uint64_t id, union value *v)
{
	struct box *box;

	v->id = (int64_t)id;
	if (!is_boxed(e, i))
		return;
	box = gc_new(&box_type);
	gc_store(&box->inner, gc_new(&box_type));
	box->id = box->inner->id = id;
	box->check = box->inner->check = ~id;
	v->box = box;
}

static uint64_t
unwrap(const struct end *e, int i, const union value *v)
{
	uint64_t id = (uint64_t)v->id;

	if (is_boxed(e, i)) {
		const struct box *b = v->box;

		id = b->id;
		SOAK_LAW(b->check == ~id && b->inner->id == id &&
		    b->inner->check == ~id, "box %lx of %lu", (uintptr_t)b, id);
	}
	SOAK_LAW(id < VALUES, "%lx", id);
	return id % VALUES;
}

/* ---- senders ---- */

/* Send id by a select of two random lines, which may be the same.  If in_time,
 * a select that is not in time is begun again. */
static void
send_select(struct end *e, uint64_t id, bool in_time)
{
	int          a = (int)rand_below(e->rand, LINES);
	int          b = (int)rand_below(e->rand, LINES);
	union value  va, vb;
	int64_t      when;

	wrap(e, a, id, &va);
	wrap(e, b, id, &vb);
	for (;;) {
		struct select_case cases[] = {
			{ .op = SELECT_SEND, .chan = line(e, a), .value = &va },
			{ .op = SELECT_SEND, .chan = line(e, b), .value = &vb },
			{ .op = SELECT_RECV, .value = &when },
		};

		if (in_time)
			cases[2].chan = after(soak_ns(e->rand));
		if (chan_select(cases, 3) != 2)
			return;
	}
}

static void
send_to_any(struct end *e, uint64_t id)
{
	struct select_case cases[LINES];
	union value        v[LINES];

	for (int i = 0; i < LINES; i++) {
		wrap(e, i, id, &v[i]);
		cases[i] = (struct select_case){ .op = SELECT_SEND,
			.chan = line(e, i), .value = &v[i] };
	}
	while (chan_try_select(cases, LINES) < 0)
		soak_pause(e->rand);
}

static void
send_one(struct end *e, uint64_t id)
{
	int         i = (int)rand_below(e->rand, LINES);
	union value v;

	switch (rand_below(e->rand, 6)) {
	case 0:
		send_select(e, id, false);
		break;
	case 1:
		send_select(e, id, true);
		break;
	case 2:
		send_to_any(e, id);
		break;
	case 3:
		wrap(e, i, id, &v);
		while (!chan_try_send(line(e, i), &v))
			soak_pause(e->rand);
		break;
	default:
		wrap(e, i, id, &v);
		chan_send(line(e, i), &v);
	}
}

static void
send_all(struct rand *rand, void *arg)
{
	struct pipe *pipe = arg;
	struct end   to = { .rand = rand, .pipe = pipe };
	uint32_t     first = atomic32_add(&pipe->next_sender, 1) - 1;

	for (uint32_t k = 0; k < EACH; k++) {
		uint32_t id = first * EACH + k;

		send_one(&to, id);
		atomic32_add(&pipe->sent[id], 1);
		if (rand_below(rand, 200) == 0)
			goexit();
		soak_pause(rand);
	}
}

/* ---- receivers ---- */

/* Receive from any open line, within a random time if in_time.  Returns the
 * line, or -1 if there was no value: not in time, or the line was closed. */
static int
take_any(struct end *e, union value *v, bool in_time)
{
	struct select_case cases[LINES + 1];
	int64_t            when;
	int                i;

	for (i = 0; i < LINES; i++)
		cases[i] = (struct select_case){ .op = SELECT_RECV,
			.chan = e->open[i] ? line(e, i) : NULL, .value = v };
	cases[LINES] = (struct select_case){ .op = SELECT_RECV,
		.chan = in_time ? after(soak_ns(e->rand)) : NULL,
		.value = &when };
	i = chan_select(cases, LINES + 1);
	if (i == LINES)
		return -1;
	e->open[i] = cases[i].ok;
	return cases[i].ok ? i : -1;
}

/* Receive from line i, waiting or not.  Returns i, or -1 if there was no
 * value. */
static int
take_from(struct end *e, int i, union value *v, bool wait)
{
	if (!e->open[i])
		return -1;
	if (wait)
		e->open[i] = chan_recv(line(e, i), v);
	else if (!chan_try_recv(line(e, i), v, &e->open[i]))
		return -1;
	return e->open[i] ? i : -1;
}

/* Receive a value from the stage.  Returns false at the end of the stage. */
static bool
receive(struct end *e, bool from_any, uint64_t *id)
{
	for (;;) {
		uint32_t    how = from_any ? 0 : rand_below(e->rand, 4);
		union value v;
		int         i, open = 0;

		for (i = 0; i < LINES; i++)
			open += e->open[i];
		if (open == 0)
			return false;
		if (how < 2)
			i = take_any(e, &v, how == 1);
		else
			i = take_from(e, (int)rand_below(e->rand, LINES), &v,
			    how == 2);
		if (i >= 0) {
			*id = unwrap(e, i, &v);
			return true;
		}
		soak_pause(e->rand);
	}
}

static struct end
from_stage(struct rand *rand, struct pipe *pipe, int first)
{
	return (struct end){ .rand = rand, .pipe = pipe, .first = first,
		.open = { true, true, true, true } };
}

static void
forward(struct rand *rand, struct pipe *pipe, bool from_any)
{
	struct end from = from_stage(rand, pipe, 0);
	struct end to = { .rand = rand, .pipe = pipe, .first = LINES };
	uint64_t   id;

	while (receive(&from, from_any, &id)) {
		soak_pause(rand);
		send_one(&to, id);
	}
}

static void
sink(struct rand *rand, struct pipe *pipe, bool from_any)
{
	struct end from = from_stage(rand, pipe, LINES);
	uint64_t   id;

	while (receive(&from, from_any, &id))
		atomic32_add(&pipe->received[id], 1);
}

static void
forward_any(struct rand *rand, void *pipe)
{
	forward(rand, pipe, true);
}

static void
forward_some(struct rand *rand, void *pipe)
{
	forward(rand, pipe, false);
}

static void
sink_any(struct rand *rand, void *pipe)
{
	sink(rand, pipe, true);
}

static void
sink_some(struct rand *rand, void *pipe)
{
	sink(rand, pipe, false);
}

static void
close_stage(struct pipe *pipe, int first)
{
	for (int i = 0; i < LINES; i++)
		chan_close(pipe->line[first + i]);
}

void
soak_pipeline(struct rand *rand, void *arg)
{
	struct pipe *pipe = gc_new(&pipe_type);

	(void)arg;
	pipe->boxed = rand_u32(rand);
	for (int i = 0; i < 2 * LINES; i++)
		gc_store(&pipe->line[i], chan_make(pipe->boxed >> i & 1 ?
		    &gc_ptr_type : &gc_int_type,
		    rand_below(rand, 2) * rand_below(rand, 9)));
	for (int i = 0; i < TAKERS; i++) {
		soak_child(rand, i == 0 ? forward_any : forward_some, pipe,
		    &pipe->forwarders);
		soak_child(rand, i == 0 ? sink_any : sink_some, pipe,
		    &pipe->sinks);
	}
	for (int i = 0; i < SENDERS; i++)
		soak_child(rand, send_all, pipe, &pipe->senders);
	wg_wait(&pipe->senders);
	close_stage(pipe, 0);
	wg_wait(&pipe->forwarders);
	close_stage(pipe, LINES);
	wg_wait(&pipe->sinks);
	for (uint64_t id = 0; id < VALUES; id++)
		SOAK_LAW(atomic32_load(&pipe->sent[id]) ==
		    atomic32_load(&pipe->received[id]), "%lu: %u, %u", id,
		    atomic32_load(&pipe->sent[id]),
		    atomic32_load(&pipe->received[id]));
}

/* ---- a tree that counts its leaves ---- */

enum { TREE_DEPTH = 3, TREE_WIDTH = 4, TREE_LEAVES = 64 };

struct branch {
	struct chan *up;
	int64_t      depth;
};
GC_TYPE(branch, up);

static void
count_leaves(struct rand *rand, void *arg)
{
	struct branch *b = arg;
	struct chan   *below;
	int64_t        sum = 0, n;

	if (b->depth == 0) {
		sum = 1;
		chan_send(b->up, &sum);
		return;
	}
	below = chan_make(&gc_int_type, rand_below(rand, TREE_WIDTH + 1));
	for (int i = 0; i < TREE_WIDTH; i++) {
		struct branch *child = gc_new(&branch_type);

		child->depth = b->depth - 1;
		gc_store(&child->up, below);
		soak_child(rand, count_leaves, child, NULL);
	}
	for (int i = 0; i < TREE_WIDTH; i++) {
		chan_recv(below, &n);
		sum += n;
	}
	chan_send(b->up, &sum);
}

void
soak_tree(struct rand *rand, void *arg)
{
	struct branch *root = gc_new(&branch_type);
	int64_t        sum = 0;

	(void)arg;
	root->depth = TREE_DEPTH;
	gc_store(&root->up, chan_make(&gc_int_type, 0));
	soak_child(rand, count_leaves, root, NULL);
	chan_recv(root->up, &sum);
	SOAK_LAW(sum == TREE_LEAVES, "%ld", sum);
}
