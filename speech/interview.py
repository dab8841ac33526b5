"""The symptom check's words: what it asks, in order, and what it may end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from speech.text import normalise
from speech.words_file import WordsFile


@dataclass(frozen=True, slots=True)
class Question:
    """One question for a yes or no."""

    name: str
    form: str = ""
    """The guidance that a yes is due; empty where a yes asks for a doctor instead."""


@dataclass(frozen=True, slots=True)
class Interview:
    """The whole check."""

    questions: tuple[Question, ...]
    """In the order asked: warning signs first."""
    said: Mapping[str, str]
    """Key → words: "opening", "ask.<question>", "yes.<question>", "nothing_heard", …"""
    sources: Mapping[str, str]
    """Key of `said` → key of the article's sources, for what the check may end in."""
    heard: Mapping[str, tuple[str, ...]]
    """What answers sound like: the lists of HEARD, as normalised phrases."""

    def after(self, name: str) -> str:
        """The question that follows; empty after the last, and where there is none of that name."""
        names = [question.name for question in self.questions]
        return names[names.index(name) + 1] if name in names[:-1] else ""

    def before(self, name: str) -> str:
        """The question that this one follows; the same where it is the first."""
        names = [question.name for question in self.questions]
        return names[max(names.index(name) - 1, 0)]

    def question(self, name: str) -> Question | None:
        return next((q for q in self.questions if q.name == name), None)


SIGNS, MORE = "signs", "duration_setting_frequency"
_MOST_SIGNS, _MOST_MORE = 5, 3
_ENDS = ("nothing_heard", "mentioned")
HEARD = ("yes", "came_and_went", "what_now", "pauses", "denied", "unclear")


def read_interview(file: WordsFile, forms: tuple[str, ...], sources: set[str]) -> Interview:
    """The interview of one locale. Raises WordsError naming the key at fault."""
    said = {key: file.text(key) for key in ("opening", "again", "resume", "left", "place")}
    said |= {end: file.text(f"{end}.say") for end in _ENDS}
    from_where = {end: _source(file, end, sources) for end in _ENDS}
    questions = []
    for group, most in ((SIGNS, _MOST_SIGNS), (MORE, _MOST_MORE)):
        names = file.names(group)
        if len(names) > most:
            file.fail(group, f"has {len(names)} questions, at most {most}: take some out")
        for name in names:
            key = f"{group}.{name}"
            said[f"ask.{name}"] = file.text(f"{key}.ask")
            if group == SIGNS:
                form = file.text(f"{key}.form")
                if form not in forms:
                    file.fail(f"{key}.form", f"must be one of {', '.join(forms)}")
                questions.append(Question(name, form=form))
            else:
                said[f"yes.{name}"] = file.text(f"{key}.yes")
                from_where[f"yes.{name}"] = _source(file, key, sources)
                questions.append(Question(name))
    heard = {key: tuple(normalise(phrase) for phrase in file.list(f"heard.{key}")) for key in HEARD}
    return Interview(tuple(questions), said, from_where, heard)


def _source(file: WordsFile, key: str, sources: set[str]) -> str:
    name = file.text(f"{key}.source")
    if name not in sources:
        file.fail(f"{key}.source", f"{name!r} is not among the article's sources")
    return name
