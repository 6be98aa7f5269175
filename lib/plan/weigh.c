#include "plan/weigh.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NONE      SIZE_MAX
#define UNBOUNDED (INT64_MAX / 4)

enum { SOURCE, SINK, TREE };

/* An arc and the one that leads back are neighbours: 2k and 2k + 1. */
struct arc {
	size_t to, next; /* the next of the same node, or NONE */
	int64_t room;
};

struct node {
	size_t first; /* arc; or NONE */
	size_t at;    /* the arc that the walk looks at next */
	size_t level; /* from the source; NONE: it is not reached */
};

/*
 * Nodes: the source, the sink, a tree of 2 × leaves whose node k has 2k and
 * 2k + 1 below it (0 is not used), and the rows.
 */
struct weigh {
	size_t columns, leaves, rows;
	struct arc *arcs;
	size_t arcs_len, arcs_cap;
	struct node *nodes;
	size_t nodes_len, nodes_cap;
	size_t *queue, *path; /* of nodes, and of arcs */
};

static bool
add_node(struct weigh *w)
{
	struct node *v =
	    array_room(w->nodes, w->nodes_len, &w->nodes_cap, sizeof(*v));

	if (v == NULL)
		return false;
	w->nodes = v;
	w->nodes[w->nodes_len++] = (struct node){ NONE, NONE, NONE };
	return true;
}

static bool
add_arc(struct weigh *w, size_t from, size_t to, int64_t room)
{
	for (int back = 0; back < 2; back++) {
		size_t node = back ? to : from;
		struct arc *v =
		    array_room(w->arcs, w->arcs_len, &w->arcs_cap, sizeof(*v));

		if (v == NULL)
			return false;
		w->arcs = v;
		w->arcs[w->arcs_len] = (struct arc){ back ? from : to,
			w->nodes[node].first, back ? 0 : room };
		w->nodes[node].first = w->arcs_len++;
	}
	return true;
}

static size_t
leaf(const struct weigh *w, size_t column)
{
	return TREE + w->leaves + column;
}

static int64_t
bounded(int64_t cost)
{
	return cost < 0 ? 0 : cost > WEIGH_MOST ? WEIGH_MOST : cost;
}

/* The arcs of columns come first: that of a column is 2 × column. */
static bool
build(struct weigh *w)
{
	for (size_t i = 0; i < TREE + 2 * w->leaves; i++)
		if (!add_node(w))
			return false;
	for (size_t i = 0; i < w->columns; i++)
		if (!add_arc(w, leaf(w, i), SINK, WEIGH_MOST))
			return false;
	for (size_t k = 1; k < w->leaves; k++)
		if (!add_arc(w, TREE + k, TREE + 2 * k, UNBOUNDED) ||
		    !add_arc(w, TREE + k, TREE + 2 * k + 1, UNBOUNDED))
			return false;
	return true;
}

struct weigh *
weigh_create(size_t columns)
{
	struct weigh *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->columns = columns;
	w->leaves = 1;
	while (w->leaves < columns)
		w->leaves *= 2;
	if (!build(w))
		weigh_destroy(&w);
	return w;
}

void
weigh_destroy(struct weigh **wp)
{
	struct weigh *w = *wp;

	if (w == NULL)
		return;
	free(w->arcs);
	free(w->nodes);
	free(w->queue);
	free(w->path);
	free(w);
	*wp = NULL;
}

void
weigh_column(struct weigh *w, size_t column, int64_t cost)
{
	w->arcs[2 * column].room = bounded(cost);
}

static size_t
row_node(const struct weigh *w, size_t row)
{
	return TREE + 2 * w->leaves + row;
}

bool
weigh_row(struct weigh *w, int64_t cost)
{
	if (!add_node(w) ||
	    !add_arc(w, SOURCE, row_node(w, w->rows), bounded(cost)))
		return false;
	w->rows++;
	return true;
}

bool
weigh_mark(struct weigh *w, size_t from, size_t to)
{
	size_t row = row_node(w, w->rows - 1);
	size_t low = w->leaves + from, high = w->leaves + to;

	for (; low < high; low /= 2, high /= 2) {
		if (low % 2 == 1 && !add_arc(w, row, TREE + low++, UNBOUNDED))
			return false;
		if (high % 2 == 1 && !add_arc(w, row, TREE + --high, UNBOUNDED))
			return false;
	}
	return true;
}

/* -- the cut -- */

/* Breadth first, by arcs with room.  True: the sink is reached. */
static bool
search(struct weigh *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->nodes_len; i++) {
		w->nodes[i].level = NONE;
		w->nodes[i].at = w->nodes[i].first;
	}
	w->nodes[SOURCE].level = 0;
	w->queue[n++] = SOURCE;
	for (size_t i = 0; i < n; i++) {
		const struct node *node = &w->nodes[w->queue[i]];

		for (size_t a = node->first; a != NONE; a = w->arcs[a].next) {
			struct node *to = &w->nodes[w->arcs[a].to];

			if (w->arcs[a].room == 0 || to->level != NONE)
				continue;
			to->level = node->level + 1;
			w->queue[n++] = w->arcs[a].to;
		}
	}
	return w->nodes[SINK].level != NONE;
}

/* The next arc of the node that leads a level further; or NONE. */
static size_t
step(struct weigh *w, size_t node)
{
	struct node *n = &w->nodes[node];

	for (; n->at != NONE; n->at = w->arcs[n->at].next)
		if (w->arcs[n->at].room > 0 &&
		    w->nodes[w->arcs[n->at].to].level == n->level + 1)
			return n->at;
	return NONE;
}

static int64_t
fill(struct weigh *w, size_t depth)
{
	int64_t room = UNBOUNDED;

	for (size_t i = 0; i < depth; i++)
		if (w->arcs[w->path[i]].room < room)
			room = w->arcs[w->path[i]].room;
	for (size_t i = 0; i < depth; i++) {
		w->arcs[w->path[i]].room -= room;
		w->arcs[w->path[i] ^ 1].room += room;
	}
	return room;
}

/* All paths of this length, depth first; what they let through. */
static int64_t
enlarge(struct weigh *w)
{
	size_t depth = 0, node = SOURCE;
	int64_t sum = 0;

	for (;;) {
		size_t arc = node == SINK ? NONE : step(w, node);

		if (arc != NONE) {
			w->path[depth++] = arc;
			node = w->arcs[arc].to;
			continue;
		}
		if (node == SINK) {
			sum += fill(w, depth);
			depth = 0;
			node = SOURCE;
			continue;
		}
		if (depth == 0)
			return sum;
		node = w->arcs[w->path[--depth] ^ 1].to;
		w->nodes[node].at = w->arcs[w->nodes[node].at].next;
	}
}

bool
weigh_solve(struct weigh *w, int64_t *cost)
{
	free(w->queue);
	free(w->path);
	w->queue = calloc(w->nodes_len, sizeof(*w->queue));
	w->path = calloc(w->nodes_len, sizeof(*w->path));
	if (w->queue == NULL || w->path == NULL)
		return false;
	*cost = 0;
	while (search(w))
		*cost += enlarge(w);
	return true;
}

/*
 * What the source still reaches is before the cut: of the rows those are chosen
 * that it does not reach, of the columns those that it does.
 */
bool
weigh_has_row(const struct weigh *w, size_t row)
{
	return w->nodes[row_node(w, row)].level == NONE;
}

bool
weigh_has_column(const struct weigh *w, size_t column)
{
	return w->nodes[leaf(w, column)].level != NONE;
}
