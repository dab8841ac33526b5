"""How hard words are to follow by ear: words, sentences, list items, and a reading grade.

The numbers and the patterns of a language are data: `readability` in its skill.yaml. Patterns that
a locale does not give are those of English.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
_SENTENCE = re.compile(r"[^.?!]+[.?!]*")
_NEVER = r"(?!)"


def words(text: str) -> list[str]:
    """The words, in order; "life-threatening" and "can't" are one word each."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences, each with its closing mark."""
    return [s.strip() for s in _SENTENCE.findall(text) if words(s)]


def spoken_length(text: str, say_as: Mapping[str, str]) -> int:
    """How many words a listener hears: a number counts as the words that a voice says for it."""
    return sum(len(say_as.get(w, w).split()) if w.isdigit() else 1 for w in words(text))


@dataclass(frozen=True, slots=True)
class Readability:
    """A grade formula and the spelling rules that count syllables, for one language."""

    words_per_sentence: float
    syllables_per_word: float
    constant: float
    vowels: str
    silent: str = "([^laeiouy]|[aeiouy]l)e$|([^aeiouylscgxzh]|[aeiouy]l)es$|[^aeiouytd]ed$"
    """Spellings that take one syllable away, as the last letter of "make" does."""
    extra: str = "(?<![tscg])i[aou]|sms?$|[^aeiouyr]n't$"
    """Spellings that add one syllable, as the last letters of "spasm" do."""
    conjunctions: str = "and|or"
    """What joins the last item to a list."""
    openers: str = "after|at|by|for|from|if|in|like|on|once|such|to|when|while|with"
    """First words of what comes before a list and is no item of it."""
    diseases: tuple[str, ...] = field(default=())
    """Names that count as one word of two syllables: who asks about one knows its name."""

    def syllables(self, word: str) -> int:
        """Syllables as spelling shows them, at least one."""
        low = word.lower()
        groups = len(re.findall(f"[{self.vowels}]+", low))
        silent, extra = (len(re.findall(p, low)) for p in (self.silent, self.extra))
        return max(1, groups - silent + extra)

    def longest_list(self, sentence: str) -> int:
        """How many items the longest list of the sentence names; 0 without a list.

        A list is what commas part before a conjunction. An item between two commas has at most
        four words, so that a clause is not taken for one.
        """
        joins, opens = (
            re.compile(rf"(?:{w})\b", re.IGNORECASE) for w in (self.conjunctions, self.openers)
        )
        parts = [part.strip() for part in sentence.split(",")]
        longest = 0
        for last in range(1, len(parts)):
            if joins.match(parts[last]):
                items = 1
            elif len(words(parts[last])) <= 5 and re.search(rf"\b{joins.pattern}", parts[last]):
                items = 2
            else:
                continue
            first = last - 1
            while first > 0 and len(words(parts[first])) <= 4:
                if joins.match(parts[first]) or opens.match(parts[first]):
                    break
                items, first = items + 1, first - 1
            if first > 0 or not opens.match(parts[0]):
                items += 1
            longest = max(longest, items)
        return longest

    def grade(self, text: str) -> float:
        """The US school grade that can follow the text (Kincaid et al., 1975, for English).

        Raises ValueError for a text without a word.
        """
        named = "|".join(map(re.escape, sorted(self.diseases, key=len, reverse=True))) or _NEVER
        plain, diseases = re.subn(rf"\b(?:{named})\b", " ", text, flags=re.IGNORECASE)
        count = len(words(plain)) + diseases
        if not count:
            raise ValueError("a text without a word has no grade")
        syllables = sum(map(self.syllables, words(plain))) + 2 * diseases
        return (
            self.words_per_sentence * count / max(1, len(sentences(text)))
            + self.syllables_per_word * syllables / count
            + self.constant
        )
