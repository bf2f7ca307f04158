"""Plain twins of the layer-1 routers: one line after the other, with sets, dicts and a heap."""

import heapq

from pyNN_brainscales_emu.hardware import topology

CROWDED_FROM = 12


class PlainRouter:
    """The tree of a line as a dict of parents; `occupied` grows from line to line."""

    def __init__(self, onward, crossing, hicann, position, group, unusable, avoided):
        self.onward, self.crossing = onward.tolist(), crossing.tolist()
        self.hicann, self.position, self.group = hicann.tolist(), position.tolist(), group.tolist()
        self.occupied = {int(vertex) for vertex in unusable.nonzero()[0]}
        self.avoided = {int(vertex) for vertex in avoided}
        self.usage = {}
        self.places = list(zip(topology.HICANN_X.tolist(), topology.HICANN_Y.tolist(), strict=True))

    def route(self, root, targets):
        """Return {target: path from the root} of the targets reached."""
        self.parent, self.switched, self.found = {}, {}, {}
        self.targets = set(targets)
        if root not in self.occupied:
            self.root = root
            self.parent[root] = None
            self.grow()
        paths = {
            target: self.path_to(self.found[target]) for target in targets if target in self.found
        }
        for path in paths.values():
            self.occupied |= set(path)
            self.usage[self.group[path[-1]]] = self.usage.get(self.group[path[-1]], 0) + 1
        return paths

    def path_to(self, vertex):
        return [] if vertex is None else [*self.path_to(self.parent[vertex]), vertex]

    def attach(self, vertex, parent):
        self.parent[vertex] = parent
        if self.hicann[vertex] == self.hicann[parent]:
            self.switched[vertex], self.switched[parent] = parent, vertex

    def serve(self, vertex):
        if self.group[vertex] >= 0 and self.hicann[vertex] in self.targets:
            self.found.setdefault(self.hicann[vertex], vertex)


class PlainBackbone(PlainRouter):
    def grow(self):
        self.columns = {}
        for target in self.targets:
            x, y = self.places[target]
            self.columns.setdefault(x, set()).add(y)
        for way in (1, 0):
            if not self.columns:
                return
            path = self.grow_along(way, max(self.columns) if way else min(self.columns))
            for vertex in path:
                if self.group[vertex] >= 0:
                    self.serve(vertex)
                else:
                    self.grow_rib(vertex)
        self.grow_rib(self.root)

    def grow_along(self, way, limit):
        path = []
        addition, arrived = self.walk(self.root, way, limit)
        while True:
            for vertex in addition:
                if vertex not in self.parent:
                    self.attach(vertex, path[-1] if path else self.root)
                path.append(vertex)
            if arrived:
                return path
            addition, arrived = self.detour(path[-1] if path else self.root, way, limit)
            if not addition:
                return path

    def passable(self, vertex):
        return vertex >= 0 and vertex not in self.avoided and vertex not in self.occupied

    def step(self, vertex, way):
        other = self.onward[vertex][way]
        if not self.passable(other):
            return None
        linked = self.parent.get(other) == vertex or self.parent.get(vertex) == other
        return other if linked or other not in self.parent else None

    def walk(self, vertex, way, limit=None):
        found = []
        while limit is None or (limit - self.position[vertex]) * (1 if way else -1) > 0:
            vertex = self.step(vertex, way)
            if vertex is None:
                return found, False
            found.append(vertex)
        return found, True

    def candidates(self, vertex):
        if vertex in self.switched:
            return [self.switched[vertex]]
        return [v for v in self.crossing[vertex] if self.passable(v) and v not in self.parent]

    def extent(self, vertex):
        return sum(len(self.walk(vertex, way)[0]) for way in (0, 1))

    def detour(self, start, way, limit):
        best, longest = [], 0
        for line in sorted(self.candidates(start), key=self.extent, reverse=True):
            for across in (0, 1):
                trail = [line]
                for vertex in self.walk(line, across)[0]:
                    trail.append(vertex)
                    for turn in self.candidates(vertex):
                        extension, arrived = self.walk(turn, way, limit)
                        if len(extension) > longest:
                            best, longest = [*trail, turn, *extension], len(extension)
                            if arrived:
                                return best, True
        return best, False

    def grow_rib(self, vertex):
        x = self.places[self.hicann[vertex]][0]
        lines = self.candidates(vertex) if x in self.columns else []
        if not lines:
            return
        rows = self.columns.pop(x)
        both_ways = {
            line: [
                [line, *self.walk(line, way, limit)[0]]
                for way, limit in enumerate((min(rows), max(rows)))
            ]
            for line in lines
        }
        best = max(
            lines, key=lambda line: sum(self.score(v) for walked in both_ways[line] for v in walked)
        )
        for walked in both_ways[best]:
            previous = vertex
            for other in walked:
                if other not in self.parent:
                    self.attach(other, previous)
                self.serve(other)
                previous = other

    def score(self, vertex):
        if self.hicann[vertex] not in self.targets:
            return 0
        return 3 if self.usage.get(self.group[vertex], 0) < CROWDED_FROM else 2


class PlainDijkstra(PlainRouter):
    def grow(self):
        label, came, done, n_pushed = {self.root: (0, 0)}, {self.root: None}, set(), 0
        heap = [(0, 0, 0, self.root)]
        while heap and len(self.found) < len(self.targets):
            far, near, _, vertex = heapq.heappop(heap)
            if vertex in done:
                continue
            done.add(vertex)
            self.accept(vertex, came)
            for other in self.next_to(vertex, came):
                if other < 0 or other in done or other in self.occupied:
                    continue
                costly = bool({other, vertex} - {self.root} & self.avoided)
                length = (far + 1, near) if costly else (far, near + 1)
                if length < label.get(other, (far + 2, 0)):
                    label[other], came[other] = length, vertex
                    n_pushed += 1
                    heapq.heappush(heap, (*length, n_pushed, other))

    def next_to(self, vertex, came):
        before = came[vertex]
        turned = before is not None and self.hicann[before] == self.hicann[vertex]
        if turned or vertex in self.switched:
            return self.onward[vertex]
        return self.onward[vertex] + self.crossing[vertex]

    def accept(self, vertex, came):
        target = self.hicann[vertex]
        if self.group[vertex] < 0 or target not in self.targets or target in self.found:
            return
        branch = []
        while vertex not in self.parent:
            branch.append(vertex)
            vertex = came[vertex]
        if branch and self.hicann[branch[-1]] == self.hicann[vertex] and vertex in self.switched:
            return
        for child in reversed(branch):
            self.attach(child, vertex)
            vertex = child
        self.serve(vertex)
