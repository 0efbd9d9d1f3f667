"""Sets and maps of the C++ library."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from synthctx.minicpp.methods import Methods
from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import (
    BOOL,
    ULONG,
    VOID,
    Frame,
    Get,
    Tree,
    Type,
    freezer,
    is_class,
    weight,
)
from synthctx.minicpp.values import Expr, boxed_getter


class Trees(Methods):
    """Builds what sets and maps do."""

    def frozen(self, type: Type) -> Any:
        """Return what makes a key out of a value, paid for; None when it is one already."""
        freeze, pay = freezer(type), self.machine.pay
        if freeze is None:
            return None

        def paid(value: Any) -> Any:
            pay(weight(value) >> 1)
            return freeze(value)

        return paid

    def _key(self, tree: Type, value: Get) -> Get:
        """Return how a value is got as the key it has in a tree."""
        if tree.name == "greater":
            return lambda f: -value(f)
        freeze = self.frozen(tree.of[0])
        if freeze is None:
            return value
        return lambda f: freeze(value(f))

    def _given_key(self, owner: Expr, given: list[Expr]) -> Get:
        self.counts(given, 1)
        return self._key(owner.type, self.value(given[0], owner.type.of[0]))

    def _entry_type(self, tree: Type) -> Type:
        return Type("pair", tree.of) if tree.kind == "map" else tree.of[0]

    def map_item(self, base: Expr, index: Expr) -> Expr:
        """Return what a map holds for a key; it is put in where it is missing."""
        machine = self.order(base, index)
        if base.fixed:
            self.outside("[] of a constant map")
        get, value = base.get, self.value(index, base.type.of[0])
        freeze = self.frozen(base.type.of[0]) or (lambda v: v)
        sign = -1 if base.type.name == "greater" else 0
        first, pay = self.initial(base.type.of[1], zero=True), self.machine.pay

        def box(f: Frame) -> Any:
            key = value(f)
            frozen = -key if sign else freeze(key)
            tree: Tree = get(f)
            at = tree.find(frozen)
            if at == len(tree.keys):
                pay(2 + (at >> 8))
                at = tree.add(frozen, [key, first(f)])
            return tree.entries[at], 1

        type = base.type.of[1]
        made = Expr(type, boxed_getter(box, type), box, effect=True, root=base.root, lent=base.lent)
        self.mark()
        del machine
        return made.over(base, index)

    def entry(self, iterator: Expr) -> Expr:
        """Return what an iterator of a set or map stands at."""
        tree = iterator.type.of[0]
        get = iterator.get

        def read(f: Frame) -> Any:
            there, at, version = get(f)
            if version != there.version or not 0 <= at < len(there.keys):
                raise Outside("an iterator that is no longer good, or at the end")
            return there.entries[at]

        made = Expr(self._entry_type(tree), read, root=iterator.root, lent=True)
        made.fixed = tree.kind != "map"
        return made.over(iterator)

    def tree_step(self, by: int) -> Any:
        """Return how an iterator is moved."""

        def step(iterator: Any, _: int) -> Any:
            there, at, version = iterator
            if version != there.version or not 0 <= at + by <= len(there.keys):
                raise Outside("an iterator that is no longer good, or beyond the end")
            return there, at + by, version

        return step

    def _iterator(self, owner: Expr, place: Any) -> Expr:
        if owner.type.name == "none":
            self.outside("the order of an unordered container")
        get = owner.get

        def find(f: Frame) -> Any:
            tree = get(f)
            return tree, place(f, tree), tree.version

        return Expr(Type("iterator", (owner.type,)), find, root=owner.root)

    def _tree_begin(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._iterator(owner, lambda f, tree: 0)

    def _tree_end(self, owner: Expr, given: list[Expr]) -> Expr:
        made = self._iterator(
            Expr(Type(owner.type.kind, owner.type.of), owner.get), lambda f, tree: len(tree.keys)
        )
        made.type = Type("iterator", (owner.type,))
        return made

    def _tree_rbegin(self, owner: Expr, given: list[Expr]) -> Expr:
        made = self._iterator(owner, lambda f, tree: len(tree.keys) - 1)
        return Expr(Type("last", (made.type,)), made.get, root=owner.root)

    def _tree_find(self, owner: Expr, given: list[Expr]) -> Expr:
        key = self._given_key(owner, given)
        bare = Expr(Type(owner.type.kind, owner.type.of), owner.get)
        made = self._iterator(bare, lambda f, tree: tree.find(key(f)))
        made.type = Type("iterator", (owner.type,))
        return made

    def _tree_lower_bound(self, owner: Expr, given: list[Expr]) -> Expr:
        key = self._given_key(owner, given)
        return self._iterator(owner, lambda f, tree: bisect_left(tree.keys, key(f)))

    def _tree_upper_bound(self, owner: Expr, given: list[Expr]) -> Expr:
        key = self._given_key(owner, given)
        return self._iterator(owner, lambda f, tree: bisect_right(tree.keys, key(f)))

    def _tree_size(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(ULONG, lambda f: len(get(f).keys))

    def _tree_empty(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(BOOL, lambda f: not get(f).keys)

    def _tree_clear(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(VOID, lambda f: get(f).take(Tree()))

    def _tree_count(self, owner: Expr, given: list[Expr]) -> Expr:
        key, get = self._given_key(owner, given), owner.get

        def count(f: Frame) -> int:
            wanted, keys = key(f), get(f).keys
            return bisect_right(keys, wanted) - bisect_left(keys, wanted)

        return Expr(ULONG, count)

    def _tree_insert(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        type, get, pay = owner.type, owner.get, self.machine.pay
        entry = self.value(given[0], self._entry_type(type))
        freeze = self.frozen(type.of[0]) or (lambda v: v)
        sign, pairs, many = type.name == "greater", type.kind == "map", type.kind == "multiset"

        def insert(f: Frame) -> Any:
            new = entry(f)
            key = new[0] if pairs else new
            frozen = -key if sign else freeze(key)
            tree = get(f)
            pay(2 + (len(tree.keys) >> 8))
            at = tree.find(frozen)
            if many or at == len(tree.keys):
                at = tree.add(frozen, new)
                return [(tree, at, tree.version), 1]
            return [(tree, at, tree.version), 0]

        where = Type("iterator", (type,))
        if many:
            return Expr(where, lambda f: insert(f)[0])
        return Expr(Type("pair", (where, BOOL)), insert, fresh=True)

    def _tree_emplace(self, owner: Expr, given: list[Expr]) -> Expr:
        type = self._entry_type(owner.type)
        if len(given) == 1 and not is_class(type):
            return self._tree_insert(owner, given)
        return self._tree_insert(owner, [Expr(type, self.built(type, given), fresh=True)])

    def _tree_erase(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get, pay = owner.get, self.machine.pay
        if given[0].type.kind == "iterator":
            place = given[0].get

            def cut(f: Frame) -> Any:
                tree, at, version = place(f)
                if tree is not get(f) or version != tree.version or at >= len(tree.keys):
                    raise Outside("an iterator that is no longer good, or at the end")
                tree.remove(at, at + 1)
                return tree, at, tree.version

            return Expr(Type("iterator", (owner.type,)), cut)
        key = self._given_key(owner, given)

        def erase(f: Frame) -> int:
            wanted = key(f)
            tree = get(f)
            start, end = bisect_left(tree.keys, wanted), bisect_right(tree.keys, wanted)
            pay(2 + (len(tree.keys) >> 8))
            tree.remove(start, end)
            return end - start

        return Expr(ULONG, erase)

    def each(self, over: Expr) -> tuple[Type, Get]:
        """Return what a loop over all items goes through: the type of an item, and a list."""
        get, kind = over.get, over.type.kind
        if kind in ("set", "multiset", "map"):
            if over.type.name == "none":
                self.outside("the order of an unordered container")
            return self._entry_type(over.type), lambda f: get(f).entries
        if kind in ("vector", "string", "deque", "array"):
            return over.type.of[0], get
        self.outside(f"a loop over a {kind}")
