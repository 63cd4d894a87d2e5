"""Whether a backtracking engine may need more than linear time for a regular expression.

The expression becomes an automaton of its characters (Glushkov). A text can be read in exponentially many ways when one
state has two loops on the same word, and in polynomially many when two loops on the same word are joined by it
(Weideman et al., "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers by Using Ambiguity of
NFA", CIAA 2016). Without either, a failing match gives up after a number of steps that grows with the text's length.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MANY = 16
"""A repetition bounded by more than this counts as unbounded."""
_SAMPLES = "aAzZ0 9_-./\n\té가٠:;=&?#[](){}<>\"'\\+*%@!~|^$,"


@dataclass
class _Piece:
    empty: bool = True
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


class Automaton:
    """`search`: the expression may begin anywhere in the text."""

    def __init__(self, pattern: str, flags: int = 0, *, search: bool = False) -> None:
        self.reads: list[frozenset[str]] = []
        self.follow: list[Counter[int]] = []
        self.parts: list[Automaton] = []
        tree = parser.parse(pattern, flags)
        self._flags = tree.state.flags
        self._alphabet = frozenset(_SAMPLES) | {
            chr(code + step) for code in _codes(tree) for step in (-1, 0, 1) if 0 < code + step < 0x110000
        }
        anywhere = self._repeat(lambda: self._character(self._alphabet), 0, sre.MAXREPEAT) if search else _Piece()
        self._sequence(anywhere, self._build(tree))

    def _character(self, of: frozenset[str]) -> _Piece:
        self.reads.append(of)
        self.follow.append(Counter())
        here = Counter({len(self.reads) - 1: 1})
        return _Piece(False, here, Counter(here))

    def _sequence(self, one: _Piece, two: _Piece) -> _Piece:
        for end, times in one.last.items():
            for start, more in two.first.items():
                self.follow[end][start] += times * more
        return _Piece(
            one.empty and two.empty,
            one.first + two.first if one.empty else one.first,
            one.last + two.last if two.empty else two.last,
        )

    def _repeat(self, make: Any, least: int, most: int) -> _Piece:
        unbounded = most > MANY and most != least
        whole = _Piece()
        for _ in range(min(least, 3) - (1 if unbounded and least else 0)):
            whole = self._sequence(whole, make())
        if unbounded:
            loop = make()
            self._sequence(loop, loop)
            loop.empty = loop.empty or least == 0
            return self._sequence(whole, loop)
        for _ in range(min(most, MANY) - least if most != least else 0):
            one = make()
            one.empty = True
            whole = self._sequence(whole, one)
        return whole

    def _build(self, nodes: Any) -> _Piece:
        whole = _Piece()
        for node, value in nodes:
            whole = self._sequence(whole, self._one(node, value))
        return whole

    def _one(self, node: Any, value: Any) -> _Piece:
        if node in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            return self._character(self._reading(node, value))
        if node in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, inside = value
            return self._repeat(lambda: self._build(inside), least, most)
        if node is sre.SUBPATTERN:
            return self._build(value[-1])
        if node is sre.ATOMIC_GROUP:
            return self._build(value)
        if node is sre.BRANCH:
            branches = [self._build(branch) for branch in value[1]]
            first: Counter[int] = sum((branch.first for branch in branches), Counter())
            last: Counter[int] = sum((branch.last for branch in branches), Counter())
            return _Piece(any(branch.empty for branch in branches), first, last)
        if node in (sre.ASSERT, sre.ASSERT_NOT):
            inner = Automaton.__new__(Automaton)
            inner.reads, inner.follow, inner.parts = [], [], []
            inner._flags, inner._alphabet = self._flags, self._alphabet
            inner._build(value[1])
            self.parts.append(inner)
            return _Piece()
        if node is sre.AT:
            return _Piece()
        raise NotImplementedError(str(node))

    def _reading(self, node: Any, value: Any) -> frozenset[str]:
        one = parser.SubPattern(parser.State(), [(node, value)])
        compiled = re._compiler.compile(_text_of(one), self._flags & ~re.DEBUG)  # type: ignore[attr-defined]
        return frozenset(sign for sign in self._alphabet if compiled.fullmatch(sign))

    def fault(self) -> str | None:
        """`exponential`, `polynomial`, or None: linear."""
        found = [part.fault() for part in self.parts]
        return next(filter(None, [self._own_fault(), *found]), None)

    def _own_fault(self) -> str | None:
        reach = [self._reachable(state) for state in range(len(self.reads))]
        loops = [state for state in range(len(self.reads)) if state in reach[state]]
        for state in loops:
            for after, times in self.follow[state].items():
                if times > 1 and state in reach[after] | {after}:
                    return "exponential"
        if any(self._meets((q, q), (q, q), apart=True) for q in loops):
            return "exponential"
        pairs = [(p, q) for p in loops for q in loops if p != q and q in reach[p]]
        if any(self._meets((p, p, q), (p, q, q), apart=False) for p, q in pairs):
            return "polynomial"
        return None

    def _reachable(self, state: int) -> set[int]:
        seen: set[int] = set()
        queue = [state]
        while queue:
            new = set(self.follow[queue.pop()]) - seen
            seen |= new
            queue += new
        return seen

    def _meets(self, start: tuple[int, ...], end: tuple[int, ...], *, apart: bool) -> bool:
        """Whether one word leads all of `start` to `end`, each state to its own; `apart`: by different ways."""
        seen: set[tuple[tuple[int, ...], bool]] = {(start, not apart)}
        queue = list(seen)
        while queue:
            states, differed = queue.pop()
            for new in self._steps(states):
                here = (new, differed or len(set(new)) > 1)
                if here == (end, True):
                    return True
                if here not in seen:
                    seen.add(here)
                    queue.append(here)
        return False

    def _steps(self, states: tuple[int, ...]) -> list[tuple[int, ...]]:
        ways: list[tuple[tuple[int, ...], frozenset[str]]] = [((), self._alphabet)]
        for state in states:
            ways = [
                ((*way, after), shared & self.reads[after])
                for way, shared in ways
                for after in self.follow[state]
                if shared & self.reads[after]
            ]
        return [way for way, _shared in ways]


def _codes(nodes: Any) -> set[int]:
    """Every code point that the expression names."""
    found: set[int] = set()
    if isinstance(nodes, int) and not isinstance(nodes, sre._NamedIntConstant):
        found.add(nodes)
    elif isinstance(nodes, (list, tuple, parser.SubPattern)):
        for node in nodes:
            found |= _codes(node)
    return found


def _text_of(pattern: Any) -> Any:
    """`re._compiler.compile` takes a parsed pattern as well as text."""
    return pattern
