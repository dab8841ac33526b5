"""Forms of words: the notation of signs.yaml, and where its forms occur in what was heard.

Places are bits: bit n of an int stands for word n, so a form is followed from every place at once
and its time grows with the number of words only, however the words are arranged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from speech.quoted_yaml import Words, WordsError

NEAR = 8
"""How many words away a form's `+` may lie."""

UNLESS = 12
"""How many words away a form's `-` takes effect."""

_GAP = 3
_MENTION = "@"
_WORD = r"[a-z0-9']+\*?"
_ONE = rf"(?:<[a-z_]+>|{_WORD}(?:_{_WORD})*)"
_ANY = rf"{_ONE}(?:\|{_ONE})*"
_TOKEN = re.compile(rf"~\d*|!?@|!?{_ANY}|\[{_ANY}\]")

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A step of a form: one of these phrases, each known by its number."""

    phrases: tuple[int, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A step of a form: at most this many words of any kind."""

    most: int


@dataclass(frozen=True, slots=True)
class Absent:
    """A step of a form: none of these phrases begins here."""

    phrases: tuple[int, ...]


Clause = tuple[Say | Gap | Absent, ...]


@dataclass(frozen=True)
class Form:
    """A way to say something: a clause, others that must be near, others that must not."""

    clause: Clause
    near: tuple[Clause, ...] = ()
    unless: tuple[Clause, ...] = ()
    source: str = ""
    """The form as its author wrote it."""

    @cached_property
    def needs(self) -> tuple[frozenset[int], ...]:
        """For each word that must be said, the phrases that say it: without one it cannot occur."""
        return tuple(
            frozenset(step.phrases)
            for clause in (self.clause, *self.near)
            for step in clause
            if isinstance(step, Say) and not step.optional
        )


@dataclass(slots=True)
class _Node:
    """What may follow in a phrase, and which phrases are complete here."""

    after: dict[str, _Node] = field(default_factory=dict)
    complete: list[int] = field(default_factory=list)


class Forms:
    """Reads forms and remembers every phrase they use, to look for all of them in one pass."""

    def __init__(self, concepts: Mapping[str, Sequence[str]], endings: Sequence[str]) -> None:
        self._concepts, self._endings = concepts, endings
        self._numbers: dict[str, int] = {_MENTION: 0}
        self._expanded: dict[str, frozenset[Phrase]] = {}
        self._root = _Node()

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that some form listens for."""
        words: set[str] = set()
        nodes = [self._root]
        while nodes:
            after = nodes.pop().after
            words.update(after)
            nodes.extend(after.values())
        return frozenset(words)

    def concept(self, name: str) -> frozenset[Phrase]:
        """Every phrase of a concept. Raises ValueError saying what in it cannot be read."""
        return self._expand(f"<{name}>", ())

    def form(self, source: str) -> Form:
        """Compile one form. Raises ValueError saying what in it cannot be read."""
        parts = re.split(r"(?:^|\s)([+-])\s", source)
        clauses = [self._clause(part) for part in parts[::2]]
        signs = parts[1::2]
        return Form(
            clause=clauses[0],
            near=tuple(c for sign, c in zip(signs, clauses[1:], strict=True) if sign == "+"),
            unless=tuple(c for sign, c in zip(signs, clauses[1:], strict=True) if sign == "-"),
            source=source,
        )

    def hear(self, words: Sequence[str]) -> Heard:
        """Find every known phrase in `words`."""
        places: dict[tuple[int, int], list[int]] = defaultdict(list)
        for start in range(len(words)):
            node = self._root
            for end in range(start, len(words)):
                following = node.after.get(words[end])
                if following is None:
                    break
                node = following
                for number in node.complete:
                    places[number, end - start + 1].append(start)
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for (number, length), starts in places.items():
            found[number][length] = _bits(starts, len(words))
        return Heard(tuple(words), dict(found))

    def _clause(self, source: str) -> Clause:
        steps = tuple(self._step(token) for token in source.split())
        if not any(isinstance(step, Say) and not step.optional for step in steps):
            raise ValueError(f"{source!r} needs a word that must be said")
        return steps

    def _step(self, token: str) -> Say | Gap | Absent:
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"{token!r} cannot be read")
        if token[0] == "~":
            return Gap(int(token[1:] or _GAP))
        if token[0] == "!":
            return Absent(self._phrases(token[1:]))
        if token[0] == "[":
            return Say(self._phrases(token[1:-1]), optional=True)
        return Say(self._phrases(token))

    def _phrases(self, alternatives: str) -> tuple[int, ...]:
        return tuple(self._number(one) for one in alternatives.split("|"))

    def _number(self, one: str) -> int:
        if one not in self._numbers:
            self._numbers[one] = len(self._numbers)
            for phrase in self._expand(one, ()):
                node = self._root
                for word in phrase:
                    node = node.after.setdefault(word, _Node())
                node.complete.append(self._numbers[one])
        return self._numbers[one]

    def _expand(self, one: str, inside: tuple[str, ...]) -> frozenset[Phrase]:
        """Every phrase that one alternative stands for; `inside`: the concepts being read."""
        if one[0] != "<":
            words = [self._endless(word) for word in one.split("_")]
            return frozenset(product(*words))
        name = one[1:-1]
        if name in inside or name not in self._concepts:
            raise ValueError(
                f"{one} is no concept" if name not in inside else f"{one} holds itself"
            )
        if name not in self._expanded:
            self._expanded[name] = frozenset(
                phrase
                for entry in self._concepts[name]
                for phrase in self._entry(entry, (*inside, name))
            )
        return self._expanded[name]

    def _entry(self, entry: str, inside: tuple[str, ...]) -> Iterator[Phrase]:
        choices: list[frozenset[Phrase]] = []
        for token in entry.split():
            if not _TOKEN.fullmatch(token) or token[0] in "~!@":
                raise ValueError(f"{token!r} cannot be read in a concept")
            inner = token.strip("[]").split("|")
            choice = frozenset().union(*(self._expand(one, inside) for one in inner))
            choices.append(choice | {()} if token[0] == "[" else choice)
        for combination in product(*choices):
            yield tuple(word for phrase in combination for word in phrase)

    def _endless(self, word: str) -> list[str]:
        return [word[:-1] + end for end in self._endings] if word[-1:] == "*" else [word]


@dataclass(frozen=True, slots=True)
class Heard:
    """Words, and where in them each known phrase begins."""

    words: Phrase
    found: Mapping[int, Mapping[int, int]]
    """Phrase number → its length in words → the places where it begins."""

    def at(self, cover: int) -> Heard:
        """The same words, with `cover` as the mention that strength words speak of."""
        return Heard(self.words, {**self.found, 0: {1: cover}})

    def find(self, form: Form) -> int:
        """The words that say the form, gaps left out; 0 where it does not occur."""
        cover = self._cover(form.clause)
        for clause in form.near:
            other = self._cover(clause) if cover else 0
            cover, other = cover & around(other, NEAR), other & around(cover, NEAR)
            cover |= other
        for clause in form.unless:
            cover = cover & ~around(self._cover(clause), UNLESS) if cover else 0
        return cover

    def _cover(self, clause: Clause) -> int:
        """Follow the clause forward from every place; then back from its ends for its words."""
        front = (1 << (len(self.words) + 1)) - 1
        everywhere, fronts = front, [front]
        for step in clause:
            if isinstance(step, Gap):
                front = _onward(front, step.most) & everywhere
            elif isinstance(step, Absent):
                for places in self._places(step.phrases).values():
                    front &= ~places
            else:
                said = front if step.optional else 0
                for length, places in self._places(step.phrases).items():
                    said |= (front & places) << length
                front = said
            if not front:
                return 0
            fronts.append(front)
        cover = 0
        for step, before in zip(reversed(clause), reversed(fronts[:-1]), strict=True):
            if isinstance(step, Gap):
                front = _backward(front, step.most) & before
            elif isinstance(step, Say):
                led = front & before if step.optional else 0
                for length, places in self._places(step.phrases).items():
                    starts = (front >> length) & places & before
                    cover |= _onward(starts, length - 1)
                    led |= starts
                front = led
        return cover

    def _places(self, phrases: tuple[int, ...]) -> Mapping[int, int]:
        if len(phrases) == 1:
            return self.found.get(phrases[0], {})
        union: dict[int, int] = {}
        for number in phrases:
            for length, places in self.found.get(number, {}).items():
                union[length] = union.get(length, 0) | places
        return union


class Ways:
    """Many forms to look for together, found by their words instead of tried one by one."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self.forms = tuple(forms)
        self._by_word: dict[int, list[int]] = defaultdict(list)
        for place, form in enumerate(self.forms):
            for number in min(form.needs, key=len):
                self._by_word[number].append(place)

    def among(self, heard: Heard) -> Iterator[tuple[int, int]]:
        """Each form that occurs, by its place in `forms`, with the words that say it."""
        found = heard.found.keys()
        likely = {place for number in found for place in self._by_word.get(number, ())}
        for place in sorted(likely):
            form = self.forms[place]
            if not any(map(found.isdisjoint, form.needs)) and (cover := heard.find(form)):
                yield place, cover

    def cover(self, heard: Heard) -> int:
        """The words that say any of the forms."""
        words = 0
        for _, cover in self.among(heard):
            words |= cover
        return words


def _bits(places: Iterable[int], size: int) -> int:
    packed = bytearray(size // 8 + 1)
    for place in places:
        packed[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(packed, "little")


def _onward(places: int, most: int) -> int:
    """The places, and up to `most` after each."""
    reach = 1
    while reach <= most:
        places |= places << reach
        most, reach = most - reach, reach * 2
    return places | places << most


def _backward(places: int, most: int) -> int:
    reach = 1
    while reach <= most:
        places |= places >> reach
        most, reach = most - reach, reach * 2
    return places | places >> most


def around(places: int, most: int) -> int:
    """The places, and up to `most` before and after each."""
    return _onward(places, most) | _backward(places, most)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: which guidance a mention of it takes. The ways to say it are in Signs."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Signs:
    """A whole signs.yaml, compiled."""

    forms: Forms
    ways: Ways
    """Every way to say a sign."""
    signs: tuple[Sign, ...]
    """The sign of each of those ways."""
    sure: Ways
    """Ways to say a sign that can mean nothing else."""
    other_senses: Ways
    """Ways to say something else with a sign's words, look-alikes that stay spasms included."""
    possible: Ways
    """What makes a mention (`@`) possible only: asked in general, past, hypothetical, negated."""
    certain: Ways
    """What makes it certain all the same."""
    clitics: tuple[str, ...]
    """Endings that carry no meaning here ("husband's", "she's")."""
    same: Mapping[Phrase, Phrase]
    """What is heard or written → the words that the forms use for it."""

    def plain(self, words: Iterable[tuple[str, range]]) -> tuple[list[str], list[range]]:
        """The forms' own words for those heard, each with the range of words it stands for."""
        bare = [(self._bare(word), source) for word, source in words]
        said: list[str] = []
        sources: list[range] = []
        longest = max(map(len, self.same), default=1)
        place = 0
        while place < len(bare):
            for length in range(min(longest, len(bare) - place), 0, -1):
                heard = tuple(word for word, _ in bare[place : place + length])
                if heard in self.same or length == 1:
                    break
            meant = self.same.get(heard, heard)
            said += meant
            whole = range(bare[place][1].start, bare[place + length - 1][1].stop)
            sources += [whole] * len(meant)
            place += length
        return said, sources

    def _bare(self, word: str) -> str:
        for clitic in self.clitics:
            if word.endswith(clitic):
                return word[: -len(clitic)]
        return word


def compile_signs(tree: Mapping[str, Words]) -> Signs:
    """Read the tree of signs.yaml. Raises WordsError naming the key at fault."""
    concepts = {name: _texts(tree, "concepts", name) for name in _mapping(tree, "concepts")}
    forms = Forms(concepts, _texts(tree, "endings"))

    for name in concepts:
        with _naming("concepts", name):
            forms.concept(name)

    def compiled(*keys: str) -> tuple[Form, ...]:
        with _naming(*keys):
            return tuple(forms.form(text) for text in _texts(tree, *keys))

    said: list[tuple[Sign, Form]] = []
    for name in _mapping(tree, "signs"):
        sign = Sign(name, _text(tree, "signs", name, "kind"))
        said += [(sign, form) for form in compiled("signs", name, "forms")]
    return Signs(
        forms=forms,
        ways=Ways(form for _, form in said),
        signs=tuple(sign for sign, _ in said),
        sure=Ways(compiled("sure")),
        other_senses=Ways(compiled("other_senses") + compiled("look_alikes")),
        possible=Ways(compiled("strength", "possible")),
        certain=Ways(compiled("strength", "certain")),
        clitics=_texts(tree, "clitics"),
        same={
            tuple(heard.split()): tuple(meant.split())
            for meant, written in _mapping(tree, "same").items()
            for heard in _list(written, f"same.{meant}")
        },
    )


_FILE = "signs.yaml"


@contextmanager
def _naming(*keys: str) -> Iterator[None]:
    """Say under which key stands what cannot be read."""
    try:
        yield
    except ValueError as error:
        raise WordsError(_FILE, ".".join(keys), str(error)) from error


def _at(tree: Mapping[str, Words], keys: tuple[str, ...]) -> Words:
    node: Words = dict(tree)
    for n, key in enumerate(keys):
        if not isinstance(node, dict) or key not in node:
            raise WordsError(_FILE, ".".join(keys[: n + 1]), "is missing")
        node = node[key]
    return node


def _text(tree: Mapping[str, Words], *keys: str) -> str:
    value = _at(tree, keys)
    if not isinstance(value, str):
        raise WordsError(_FILE, ".".join(keys), "must be a quoted text")
    return value


def _texts(tree: Mapping[str, Words], *keys: str) -> tuple[str, ...]:
    return _list(_at(tree, keys), ".".join(keys))


def _list(value: Words, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WordsError(_FILE, key, "must be a list of quoted texts")
    return tuple(str(item) for item in value)


def _mapping(tree: Mapping[str, Words], key: str) -> dict[str, Words]:
    value = _at(tree, (key,))
    if not isinstance(value, dict):
        raise WordsError(_FILE, key, "must be a mapping of names")
    return value
