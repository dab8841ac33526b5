"""Text → intent: an exact sample first, else the weight of its words, and an honest "not mine"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import log
from typing import Protocol

from skill.messages import MAX_TEXT
from speech.locale import CONTENT_INTENTS, CONTROL_INTENTS, FACETS, Article, Locale
from speech.repair import Repair
from speech.text import normalise


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an utterance asks for."""

    intent: str
    """One of speech.locale.INTENTS."""
    term: str = ""
    """Key of the article's term that is asked about, if any."""
    topic: str = ""
    """The article."""
    candidates: tuple[str, ...] = ()
    """For `clarify`: the two intents it could be."""
    by_name: bool = False
    """Whether the term itself was asked for ("what is tetany"), so what it is is the answer."""
    exact: bool = False
    """Whether it is a sample word for word, slots filled."""


class Recogniser(Protocol):
    """Anything that turns words into a meaning."""

    def understand(self, text: str) -> Meaning: ...

    def about(self, text: str, intent: str) -> Meaning:
        """The meaning where the intent is known: what is the question about?"""
        ...

    def names_topic(self, text: str) -> bool:
        """Whether the words name the article's topic, or a kind of it."""
        ...


_MAX_WORDS = 80
"""Words weighed; what follows them in a longer utterance is not."""
_MAX_FORMS = 24
"""Ways of taking lead-ins and trailers off that are tried."""
_CUE = "cue_"
"""What the name of an intent's own list of phrases begins with."""
_PRIOR, _SMOOTH = 12, 0.4
"""How many samples a cue list is worth, and how often the unseen is held to be seen."""
_WORST = -1.2
"""The most that one name can speak against an intent."""
_OF_CUES, _OF_WORDS = 2.5, 0.5
"""How much a cue alone, and how much words that no list holds, count beside the rest."""
_REACH = 3
"""How far apart two units may stand and still count as a pair."""
_CLOSE = 0.25
"""Weight between two intents below which a question could be either."""
_SHORT_TAIL = 3
"""Words that the sample at the end of a longer utterance must have."""
_LIKE_BARE = 0.5
"""Share of weight that a question which names nothing ("how long") has in common with a sample."""
_MARKS = frozenset(("spasm", "spasm_like", "pronouns", "elsewhere", "errands", "using"))
"""Word lists whose phrases mark what an utterance is about, besides the cue lists."""
_SUBJECTS = frozenset(("topic", "spasm", "spasm_like", "body_part", "kind"))
"""Labels of what a control never names."""
_CONTROL_CUES = frozenset(_CUE + intent for intent in CONTROL_INTENTS)
_ABOUT_THE_TROUBLE = frozenset(("symptom_check", "list_topics"))
"""Controls that may name what they are about."""
_HEARING = frozenset(("repeat", "slower", "faster"))
"""Controls that people give a reason for."""
_KINDS = frozenset(("definition", "symptoms", "types", "body_parts"))
"""Sections whose terms are kinds of the trouble, and so anchor a question as it does."""
_TERM_SECTIONS = frozenset(("causes", "relief", "prevention"))
"""Intents in which something else may be the subject ("does {term} help")."""
_SLOT_LABELS = {"{term}": "term:", "{topic}": "topic", "{body_part}": "body_part"}


@dataclass(slots=True)
class _Node:
    """One word of a phrase tree."""

    next: dict[str, _Node] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()


class _Phrases:
    """Phrases of one or more words, each with labels, found longest first."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, words: Sequence[str], label: str) -> None:
        node = self._root
        for word in words:
            node = node.next.setdefault(word, _Node())
        if words:
            node.labels |= {label}

    def at(self, words: Sequence[str], start: int) -> Iterator[tuple[int, frozenset[str]]]:
        """Every phrase that begins at `start`: where it ends, and its labels; shortest first."""
        node: _Node | None = self._root
        for end in range(start, len(words)):
            node = node.next.get(words[end]) if node else None
            if node is None:
                return
            if node.labels:
                yield end + 1, node.labels


@dataclass(frozen=True, slots=True)
class _Unit:
    """One phrase of an utterance, as far as it is known."""

    word: str
    labels: frozenset[str]

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(label[5:] for label in sorted(self.labels) if label.startswith("term:"))

    @property
    def names(self) -> Iterator[str]:
        """What it counts as when weighed: its cue lists and slots, else the word itself."""
        found = False
        for label in sorted(self.labels):
            if label.startswith(_CUE):
                yield label
                found = True
        if "topic" in self.labels or "spasm" in self.labels:
            yield "{topic}"
        elif self.terms:
            yield "{term}"
        elif "body_part" in self.labels:
            yield "{body_part}"
        elif "spasm_like" in self.labels:
            yield "{topic}"
        elif "pronouns" in self.labels:
            yield "{it}"
        elif not found or " " not in self.word:
            yield self.word


class LexicalRecogniser:
    """Understands one locale from its samples and word lists alone."""

    def __init__(self, locale: Locale) -> None:
        self._words = locale.intents.words
        self._article: Article = locale.articles[locale.topic]
        self._expansion = dict(_contractions(self._words["contractions"]))
        self._hesitations = self._tree("hesitations")
        self._lead_ins = self._tree("lead_ins")
        self._trailers = self._tree("trailers", backwards=True)
        spoken = [
            (intent, self._spell(sample))
            for intent, samples in locale.intents.samples.items()
            for sample in samples
        ]
        self._samples = _Phrases()
        for intent, words in spoken:
            self._samples.add(words, intent)
        self._roots = self._known_words(locale, [words for _, words in spoken])
        self._repair = Repair(self._roots)
        self._repair.word("x" * 8)  # reads its dictionary now, not while someone waits
        self._plain = set(self._lemmas("plain"))
        self._pronouns = set(self._lemmas("pronouns"))
        self._settings = set(self._lemmas("settings"))
        self._askers = set(self._words["askers"])
        self._tellers = set(self._words["tellers"])
        self._trouble = {w for name in ("spasm", "spasm_like") for w in self._lemmas(name)}
        self._slots = self._slot_phrases(locale)
        self._phrases = self._unit_phrases(locale)
        weighed = [(intent, _names(self._units(words))) for intent, words in spoken]
        self._weights = _Weights(weighed, [name for name in self._words if name.startswith(_CUE)])
        self._likeness = _Likeness(weighed)

    # Reading the words.

    def _spell(self, text: str) -> list[str]:
        """Normalised words, short forms written out; slots of a sample stay whole."""
        spoken: list[str] = []
        for piece in text.replace("{", "\x00{").replace("}", "}\x00").split("\x00"):
            if piece.startswith("{"):
                spoken.append(piece)
                continue
            for word in normalise(piece).split():
                whole = self._expansion.get(word)
                spoken.extend(whole or ([word[:-2]] if word.endswith("'s") else [word]))
        return spoken

    def _tree(self, name: str, *, backwards: bool = False) -> _Phrases:
        tree = _Phrases()
        for phrase in self._words[name]:
            words = self._spell(phrase)
            tree.add(words[::-1] if backwards else words, name)
        return tree

    def _slot_phrases(self, locale: Locale) -> _Phrases:
        tree = _Phrases()
        for name, values in locale.intents.slots.items():
            for value in values:
                tree.add(self._spell(value), f"{{{name}}}")
        for name in self._article.names:
            tree.add(self._spell(name), "{topic}")
        for key, term in self._article.terms.items():
            for heard in term.heard:
                tree.add(self._spell(heard), "{term}")
                if self._kind(heard, term.section) == "spasm":
                    tree.add(self._spell(heard), "{topic}")
                tree.add(self._spell(heard), f"term:{key}")
        return tree

    def _known_words(self, locale: Locale, samples: Iterable[Sequence[str]]) -> set[str]:
        known = {word for sample in samples for word in sample if "{" not in word}
        lists = [*locale.intents.slots.values(), self._article.names]
        lists += [values for name, values in self._words.items() if name != "contractions"]
        lists += [term.heard for term in self._article.terms.values()]
        known |= {word for values in lists for value in values for word in self._spell(value)}
        return known

    def _lemma(self, word: str) -> str:
        """The shortest form of the word that is known: "triggers" and "triggered" → "trigger"."""
        for ending in self._words["endings"]:
            suffix, _, other = ending.partition("=")
            if word.endswith(suffix) and len(word) - len(suffix) >= 3:
                root = word[: -len(suffix)] + other
                if root in self._roots:
                    return root
        return word

    def _lemmas(self, name: str) -> Iterator[str]:
        for phrase in self._words[name]:
            words = self._spell(phrase)
            if len(words) == 1:
                yield self._lemma(words[0])

    def _unit_phrases(self, locale: Locale) -> _Phrases:
        tree = _Phrases()

        strong = set(self._lemmas("spasm"))

        def add(phrase: str, label: str) -> None:
            words = [self._lemma(word) for word in self._spell(phrase)]
            tree.add(words, label)
            if label.startswith(_CUE) and not strong.isdisjoint(words):
                tree.add(words, "spasm")

        weak = set(self._words["spasm_like"])
        for name in self._article.names:
            add(name, "spasm_like" if name in weak else "topic")
        for key, term in self._article.terms.items():
            for heard in term.heard:
                add(heard, f"term:{key}")
                if label := self._kind(heard, term.section):
                    add(heard, label)
        for value in locale.intents.slots["body_part"]:
            add(value, "body_part")
        for name, phrases in self._words.items():
            if name.startswith(_CUE) or name in _MARKS:
                for phrase in phrases:
                    add(phrase, name)
        return tree

    def _kind(self, heard: str, section: str) -> str:
        """What a term's name says of itself: the trouble, a kind of it, a body part, or nothing.

        Names that only say where or when ("at night") tell nothing.
        """
        words = [self._lemma(word) for word in self._spell(heard)]
        if not self._trouble.isdisjoint(words):
            return "spasm"
        if section == "body_parts":
            return "body_part"
        if section in _KINDS and not (self._plain | self._settings).issuperset(words):
            return "kind"
        return ""

    def _units(self, words: Sequence[str]) -> list[_Unit]:
        """The utterance cut into known phrases, longest first, and single words."""
        lemmas = [word if "{" in word else self._lemma(word) for word in words]
        units: list[_Unit] = []
        at = 0
        while at < len(lemmas):
            end, labels = at + 1, frozenset[str]()
            if lemmas[at].startswith("{"):
                labels = frozenset({_SLOT_LABELS.get(lemmas[at], lemmas[at][1:-1])})
            for end, labels in self._phrases.at(lemmas, at):  # noqa: B007 - the longest stays
                pass
            units.append(_Unit(" ".join(lemmas[at:end]), labels))
            at = end
        return units

    # Understanding.

    def understand(self, text: str) -> Meaning:
        """The meaning of any text. Never raises; text past what a door accepts is not weighed."""
        words = self._spell(normalise(text[:MAX_TEXT]))[:_MAX_WORDS]
        if not words:
            return self._out_of_scope()
        said = self._without_hesitations(words) or words
        core = self._trimmed(said)
        for form in (words, said, *self._openings(said)):
            if meaning := self._sample(form):
                return meaning
        mended = self._repair.text(" ".join(core)).split()
        if mended != core and (meaning := self._sample(mended)):
            return meaning
        return self._weigh(mended, self._repair.text(" ".join(said)).split())

    def about(self, text: str, intent: str) -> Meaning:
        """The meaning of words that are known to ask for `intent`: the term they name, if any."""
        topic = self._article.topic
        if intent not in (*CONTENT_INTENTS, "spell") or intent == "emergency":
            return Meaning(intent, topic=topic)  # its section, whichever sign is named
        words = self._trimmed(self._spell(normalise(text[:MAX_TEXT]))[:_MAX_WORDS])
        units = self._units(self._repair.text(" ".join(words)).split())
        term = self._term(units, intent)
        if not term or intent == "spell":
            return Meaning(intent, term=term, topic=topic)
        return self._about_term(units, intent, term) or Meaning(intent, term=term, topic=topic)

    def names_topic(self, text: str) -> bool:
        """Whether the words name the article's topic, or a kind of it."""
        words = self._spell(normalise(text[:MAX_TEXT]))[:_MAX_WORDS]
        return self._anchored(self._units(self._repair.text(" ".join(words)).split()))

    def _out_of_scope(self) -> Meaning:
        return Meaning("out_of_scope", topic=self._article.topic)

    def _without_hesitations(self, words: Sequence[str]) -> list[str]:
        kept: list[str] = []
        at = 0
        while at < len(words):
            ends = [end for end, _ in self._hesitations.at(words, at)]
            kept.extend([] if ends else [words[at]])
            at = ends[-1] if ends else at + 1
        return kept

    def _openings(self, words: list[str]) -> Iterator[list[str]]:
        """The utterance with ever more of its lead-ins and trailers taken off."""
        seen = [words]
        for form in seen:
            leads = [form[end:] for end, _ in self._lead_ins.at(form, 0)]
            back = form[::-1]
            trails = [back[end:][::-1] for end, _ in self._trailers.at(back, 0)]
            for shorter in leads + trails:
                if shorter and shorter not in seen and len(seen) < _MAX_FORMS:
                    seen.append(shorter)
                    yield shorter

    def _trimmed(self, words: list[str]) -> list[str]:
        """The utterance without any lead-in or trailer; itself where nothing else is in it."""
        while ends := [end for end, _ in self._lead_ins.at(words, 0) if end < len(words)]:
            words = words[ends[-1] :]
        while ends := [end for end, _ in self._trailers.at(words[::-1], 0) if end < len(words)]:
            words = words[: -ends[-1]]
        return words

    def _sample(self, words: Sequence[str]) -> Meaning | None:
        """The meaning of the sample that these words are, slots filled; None where there is none.

        Each state is a place in the utterance and a node of the sample tree, visited once.
        """
        states: list[tuple[int, _Node, str]] = [(0, self._samples._root, "")]
        seen: set[tuple[int, int]] = set()
        while states:
            at, node, term = states.pop()
            if (at, id(node)) in seen:
                continue
            seen.add((at, id(node)))
            if at == len(words):
                if node.labels:
                    return self._settled(min(node.labels), term, words)
                continue
            for end, labels in self._slots.at(words, at):
                for slot in labels & node.next.keys():
                    key = next((k[5:] for k in sorted(labels) if k.startswith("term:")), "")
                    filled = key if slot in ("{term}", "{topic}") and key else term
                    states.append((end, node.next[slot], filled))
            if words[at] in node.next:
                states.append((at + 1, node.next[words[at]], term))
        return None

    def _settled(self, intent: str, term: str, words: Sequence[str]) -> Meaning | None:
        """A sample's meaning, unless its term is something else that is asked of for itself."""
        if not term or intent in CONTROL_INTENTS:  # "spell als"
            return Meaning(intent, term=term, topic=self._article.topic, exact=True)
        meaning = self._about_term(self._units(words), intent, term)
        return replace(meaning, exact=True) if meaning else None

    def _weigh(self, words: Sequence[str], told: Sequence[str]) -> Meaning:
        """The meaning of words that are no sample (`told`: with what was trimmed off)."""
        units = self._units(words)
        if meaning := self._amid_a_story(told):
            return meaning
        if "errands" in units[0].labels or any("elsewhere" in unit.labels for unit in units):
            return self._out_of_scope()
        if self._anchored(units) and (meaning := self._asked_last(told)):
            return meaning
        names = _names(units)
        asked = False
        ranked = self._weights.ranked(names)
        for weight, intent in ranked[:2]:
            if weight <= 0:
                break
            if intent in CONTENT_INTENTS and not asked:
                asked = True
                if meaning := self._question(units, names, intent):
                    return self._either(units, ranked) or meaning
            elif self._is_control(units, intent):
                return Meaning(intent, topic=self._article.topic)
        return self._tail(words, units) or self._out_of_scope()

    def _either(
        self, units: Sequence[_Unit], ranked: Sequence[tuple[float, str]]
    ) -> Meaning | None:
        """A `clarify` where two questions are both cued, and weigh all but the same."""
        (most, first), (less, second) = ranked[:2]
        labels = {label for unit in units for label in unit.labels}
        both = second in CONTENT_INTENTS and {_CUE + first, _CUE + second} <= labels
        if not both or most - less >= _CLOSE:
            return None
        return Meaning("clarify", topic=self._article.topic, candidates=(first, second))

    def _asked_last(self, words: Sequence[str]) -> Meaning | None:
        """The short question that what came before leads up to ("… on my chart what is that")."""
        for start in range(2, len(words) - _SHORT_TAIL + 1):
            asked = words[start:]
            if asked[0] in self._askers and not self._anchored(self._units(asked)):
                meaning = self._sample(asked)
                if meaning and meaning.intent in CONTENT_INTENTS and not meaning.term:
                    return replace(meaning, exact=False)
        return None

    def _tail(self, words: Sequence[str], units: Sequence[_Unit]) -> Meaning | None:
        """The sample that a rambling utterance ends in ("sorry the dog barked say that again")."""
        if self._foreign(units) > 1:
            return None
        for start in range(1, len(words) - _SHORT_TAIL + 1):
            if meaning := self._sample(words[start:]):
                return replace(meaning, exact=False)
        return None

    def _amid_a_story(self, words: Sequence[str]) -> Meaning | None:
        """The wish to hear it otherwise, told with its reason ("the dog barked what was that")."""
        for start in range(1, len(words) - _SHORT_TAIL + 1):
            meaning = self._sample(words[start:])
            if meaning and meaning.intent in _HEARING:
                return replace(meaning, exact=False)
        for end in range(len(words) - 1, _SHORT_TAIL - 1, -1):
            if words[end] in self._tellers:
                meaning = self._sample(words[:end])
                if meaning and meaning.intent in _HEARING:
                    return replace(meaning, exact=False)
        return None

    def _foreign(self, units: Iterable[_Unit], *, settings: bool = True) -> int:
        """How many words no list holds: what the question may be about instead."""
        known = self._plain | self._settings if settings else self._plain
        return sum(unit.labels <= {"errands"} and unit.word not in known for unit in units)

    def _is_control(self, units: Sequence[_Unit], intent: str) -> bool:
        """Whether the whole utterance can be this control: it names nothing else."""
        labels = {label for unit in units for label in unit.labels}
        cue = _CUE + intent
        reasoned = intent in _HEARING and any(cue in u.labels and " " in u.word for u in units)
        if cue not in labels or self._foreign(units, settings=reasoned):
            return False
        if intent in _ABOUT_THE_TROUBLE:
            return True
        return not any(
            unit.labels & _SUBJECTS or unit.terms
            for unit in units
            if unit.labels.isdisjoint(_CONTROL_CUES)
        )

    def _question(self, units: Sequence[_Unit], names: list[str], intent: str) -> Meaning | None:
        """The content question that this is; None where it asks about something else."""
        labels = {label for unit in units for label in unit.labels}
        cued = _CUE + intent in labels
        term = self._term(units, intent)
        if self._anchored(units):
            if self._foreign(units) > 1 and not cued:
                return None
        elif not cued or self._foreign(units):
            return None
        elif "kind" in labels:
            facet = next((f for f, i in FACETS.items() if i == intent), "")
            if not term or facet not in self._article.terms[term].says:
                return None
        elif not term and not self._points_back(units):
            if "body_part" in labels or self._foreign(units, settings=False):
                return None
            if self._likeness.nearest(names)[1] < _LIKE_BARE:
                return None
        if term:
            return self._about_term(units, intent, term)
        return Meaning(intent, topic=self._article.topic)

    def _anchored(self, units: Sequence[_Unit]) -> bool:
        """Whether the trouble itself is named: by a name, a kind of it, or a part that does it."""
        labels = {label for unit in units for label in unit.labels}
        if labels & {"topic", "spasm"}:
            return True
        return "spasm_like" in labels and "body_part" in labels

    def _points_back(self, units: Sequence[_Unit]) -> bool:
        """Whether a pronoun stands for the trouble: "this", but not "this weekend"."""
        return any(
            not self._pronouns.isdisjoint(unit.word.split())
            and not self._foreign(units[n + 1 : n + 2], settings=False)
            for n, unit in enumerate(units)
        )

    def _term(self, units: Sequence[_Unit], intent: str) -> str:
        """The term to answer with: rather one of the intent's own section; "" where none is.

        A body part far from the trouble is not where it strikes ("my face droops what causes …").
        """
        trouble = [n for n, unit in enumerate(units) if unit.labels & {"topic", "spasm"}]
        named = [
            term
            for n, unit in enumerate(units)
            if not unit.labels & {"topic", _CUE + intent}
            and ("body_part" not in unit.labels or all(abs(n - at) <= _REACH for at in trouble))
            for term in unit.terms
        ]
        wanted = _KINDS if intent == "definition" else (intent,)
        terms = self._article.terms
        return min(named, key=lambda term: terms[term].section not in wanted, default="")

    def _about_term(self, units: Sequence[_Unit], intent: str, term: str) -> Meaning | None:
        """A question in which a term is named: a kind of the trouble, or what causes or helps it.

        None where it is something else, asked of for itself ("how long does a diabetic live").
        """
        topic, section = self._article.topic, self._article.terms[term].section
        own = next((n for n, unit in enumerate(units) if term in unit.terms), 0)
        anchored = self._anchored(units)
        if intent == "definition":
            if anchored and units[own].labels.isdisjoint(("spasm", "kind")):
                return Meaning(intent, topic=topic)
            return Meaning(section, term=term, topic=topic, by_name=True)
        kind = any("kind" in unit.labels for unit in units)
        if kind or anchored or self._points_back(units):
            return Meaning(intent, term=term, topic=topic)
        if any(unit.terms and term not in unit.terms for unit in units):
            return None
        cues = [n for n, unit in enumerate(units) if _CUE + intent in unit.labels]
        used = any("using" in unit.labels for unit in units[:own])
        if intent in _TERM_SECTIONS and (used or any(n > own for n in cues)):
            return Meaning(intent, term=term, topic=topic)
        return None


def _contractions(pairs: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    for pair in pairs:
        short, _, whole = pair.partition(" = ")
        yield normalise(short), whole.split()


def _names(units: Iterable[_Unit]) -> list[str]:
    return [name for unit in units for name in unit.names]


def _features(names: Sequence[str]) -> Iterator[str]:
    """Single names, and ordered pairs not far apart."""
    for n, name in enumerate(names):
        yield name
        for other in names[n + 1 : n + 1 + _REACH]:
            yield f"{name} {other}"


def _stress(feature: str) -> float:
    """How much a feature counts: most for a cue alone, least for words that no list holds."""
    if feature.startswith(_CUE) and " " not in feature:
        return _OF_CUES
    return 1.0 if _CUE in feature or "{" in feature else _OF_WORDS


class _Weights:
    """How strongly each name or pair of names speaks for each intent (naive Bayes)."""

    def __init__(self, samples: Iterable[tuple[str, list[str]]], cues: Iterable[str]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        sizes: Counter[str] = Counter()
        for intent, names in samples:
            sizes[intent] += 1
            for feature in set(_features(names)):
                counts[feature][intent] += 1
        for cue in cues:
            counts[cue][cue.removeprefix(_CUE)] += _PRIOR
        self._intents = tuple(sizes)
        self._weights = {feature: self._log_odds(seen, sizes) for feature, seen in counts.items()}

    def _log_odds(self, seen: Counter[str], sizes: Counter[str]) -> tuple[float, ...]:
        rates = [(seen[i] + _SMOOTH) / (sizes[i] + _PRIOR) for i in self._intents]
        mean = sum(rates) / len(rates)
        return tuple(max(log(rate / mean), _WORST) for rate in rates)

    def ranked(self, names: Sequence[str]) -> list[tuple[float, str]]:
        """Every intent with its weight, heaviest first."""
        totals = [0.0] * len(self._intents)
        for feature in dict.fromkeys(_features(names)):
            stress = _stress(feature)
            for n, weight in enumerate(self._weights.get(feature, ())):
                totals[n] += stress * weight
        return sorted(zip(totals, self._intents, strict=True), reverse=True)


class _Likeness:
    """How like an utterance is to the nearest sample, by the rarity of the names they share."""

    def __init__(self, samples: Iterable[tuple[str, list[str]]]) -> None:
        self._samples = [(intent, frozenset(names)) for intent, names in samples]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for n, (_, names) in enumerate(self._samples):
            for name in names:
                self._holding[name].append(n)
        total = len(self._samples) + 1
        self._rarity = {name: log(total / len(held)) for name, held in self._holding.items()}
        self._unseen = log(total)
        self._size = [self._sum(names) for _, names in self._samples]

    def _sum(self, names: Iterable[str]) -> float:
        return sum(self._rarity.get(name, self._unseen) for name in names)

    def nearest(self, names: Iterable[str]) -> tuple[str, float]:
        """The nearest sample's intent, and the share of weight in common (0 to 1)."""
        asked = frozenset(names)
        shared: dict[int, float] = defaultdict(float)
        for name in asked:
            for n in self._holding.get(name, ()):
                shared[n] += self._rarity[name]
        size = self._sum(asked)
        best, n = max(
            ((2 * common / (size + self._size[n]), -n) for n, common in shared.items()),
            default=(0.0, 0),
        )
        return self._samples[-n][0], best
