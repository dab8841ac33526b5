"""Load a locale folder into frozen dataclasses, or name the file and key at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from speech.interview import Interview, read_interview
from speech.quoted_yaml import Words, WordsError
from speech.words_file import WordsFile

LOCALES = Path(__file__).parent / "locales"

CONTENT_INTENTS = (
    "definition", "symptoms", "causes", "emergency", "see_doctor", "severity",
    "duration", "types", "body_parts", "relief", "prevention", "source",
)  # fmt: skip
"""The intents that a section of an article answers, in the order they are read out."""

CONTROL_INTENTS = (
    "list_topics", "symptom_check", "repeat", "slower", "faster", "next", "previous", "more",
    "stop", "help", "yes", "no", "unsure", "where_was_i", "start_over", "spell", "shorter",
    "longer", "normal_speed", "forget_me", "thanks", "launch", "clarify", "out_of_scope",
)  # fmt: skip
"""The other intents."""

INTENTS = CONTENT_INTENTS + CONTROL_INTENTS

FACETS = {"what": "definition", "cause": "causes", "help": "relief", "doctor": "see_doctor"}
"""What a term may say of itself → the intent that asks for it."""

GUIDANCE_FORMS = ("stroke", "alone", "other", "self_harm", "self_harm_done")
"""The guidance forms an emergency file words. `alone`: vomiting or drowsiness and nothing more."""

PROMPTS = (
    "welcome", "help", "out_of_scope", "list_topics", "disclaimer", "in_an_emergency",
    "error", "safety_fault", "want_more", "want_next", "want_waiting", "anything_else", "ask",
    "okay", "reprompt", "clarify", "goodbye", "welcome_back", "help_reading", "help_waiting",
    "help_check", "place", "spelling", "from_the_start", "normal_speed", "shorter", "longer",
    "shortest", "longest", "forgotten", "not_forgotten", "thanks", "slower", "faster", "slowest",
    "fastest",
    "nothing_yet", "nothing_asked", "last_part", "first_part", "no_words", "not_json", "too_long",
    "too_big", "unknown_locale", "not_found", "not_allowed", "voice_failed", "busy", "wrong_rate",
    "not_wav", "not_heard", "not_sure", "cannot_listen", "mic_denied", "mic_missing",
)  # fmt: skip
"""The prompts that the skill asks for by name."""

PAGE = (
    "skip", "emergency_title", "emergency_link", "emergency_note", "emergency_number_href",
    "title_guided", "question", "hint", "ask", "answer", "listen", "controls", "more", "next",
    "previous", "repeat", "slower", "faster", "yes", "no", "stop", "topics", "source", "about",
    "unreviewed", "reviewed", "privacy", "no_audio", "important", "speak", "heard", "to_answer",
    "player", "play", "pause", "back", "keys", "settings", "read_aloud", "voice", "voice_site",
    "voice_browser", "listener", "listener_first", "listener_site", "listener_browser",
    "use_site", "use_browser", "answer_ready", "looking", "starting", "listening", "recognising",
    "stopped", "rate", "unreachable", "insecure", "about_title", "sources",
)  # fmt: skip
"""What the page shows by name."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from."""

    name: str
    title: str
    date: str
    """ISO date of the source's own review."""
    rights: str

    def __str__(self) -> str:
        return f"{self.name}, {self.title}, {self.date}"


@dataclass(frozen=True, slots=True)
class Section:
    """One answer of an article: short first, more on request."""

    intent: str
    title: str
    """Shown above the answer."""
    spoken: str
    """How a prompt names it: "Did you mean *what causes them* …"."""
    brief: str
    more: str
    source: str
    """Key of the article's sources."""
    calming: bool
    """Whether it could reassure, and so waits after a reported sign."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something people ask about by name, with a direct answer for each facet it has."""

    name: str
    heard: tuple[str, ...]
    """Every way to say it."""
    section: str
    """The content intent that it belongs to when asked for by name alone."""
    says: Mapping[str, str]
    """Facet → answer."""
    source: str
    calming: bool


@dataclass(frozen=True, slots=True)
class Article:
    """One topic, complete."""

    topic: str
    title: str
    names: tuple[str, ...]
    """Every way to say the topic."""
    sections: Mapping[str, Section]
    terms: Mapping[str, Term]
    sources: Mapping[str, Source]
    reviewed_by: str
    """The clinician who signed our wording; empty until one has."""
    reviewed_on: str


@dataclass(frozen=True, slots=True)
class Intents:
    """What is heard: sample utterances for each intent, and the values of their slots."""

    samples: Mapping[str, tuple[str, ...]]
    slots: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    """Named word lists that understanding uses (fillers, synonyms, …)."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """The guidance of this place."""

    number: str
    said: Mapping[str, str]
    """Key → words: "stroke.certain", "closing", "waiting.other", …"""
    or_local: str
    """What follows the number for a listener who may be elsewhere."""
    elsewhere: Mapping[str, str]
    """Key → words for a listener elsewhere, where those of `said` name a line of this place."""
    signs: Mapping[str, Words]
    """What counts as a mention: the tree of signs.yaml, read by the safety rule."""
    reviewed_by: str
    reviewed_on: str


@dataclass(frozen=True)
class Locale:
    """Every word heard or said in one language and place."""

    tag: str
    name: str
    """The skill's name."""
    topic: str
    """The article that is meant where none is named."""
    voice: str
    """eSpeak NG's name of the voice."""
    say_as: Mapping[str, str]
    """Written form → how a voice must say it."""
    articles: Mapping[str, Article]
    intents: Intents
    emergency: Emergency
    interview: Interview
    """The symptom check."""
    page: Mapping[str, str]
    """What the page shows and does not voice."""
    parts: Mapping[str, str]
    """Part id → text: every fixed sentence there is to say."""
    sounds: Mapping[str, str]
    """Word that a recogniser's own dictionary may lack → how it sounds, in ARPAbet."""

    @cached_property
    def elsewhere(self) -> Locale:
        """The same words for a listener in another place: no number stands alone there.

        Each mention of this place's number goes on "or your local emergency number", and the
        forms that would send the listener to this place's crisis line are worded anew.
        """
        number = self.emergency.number
        alone = re.compile(rf"\b{number}\b(?! {re.escape(self.emergency.or_local)})")
        both = f"{number} {self.emergency.or_local}"
        parts = {key: alone.sub(both, text) for key, text in self.parts.items()}
        parts |= {f"emergency.{key}": text for key, text in self.emergency.elsewhere.items()}
        return replace(self, parts=parts)

    def text(self, part_id: str) -> str:
        """The words of a part. Raises KeyError for an id that this locale does not hold.

        An id may carry names to fill a prompt's {0}, {1} …: "prompts.clarify:causes,relief".
        """
        key, colon, names = part_id.partition(":")
        text, filling = self.parts[key], names.split(",") if colon else []
        if text.count("{") != len(filling):
            raise KeyError(part_id)
        return text.format(*map(self._named, filling)) if filling else text

    def _named(self, name: str) -> str:
        """How a prompt names a section, or a term."""
        article = self.articles[self.topic]
        section = article.sections.get(name)
        return section.spoken if section else article.terms[name].name


def load(folder: Path) -> Locale:
    """The locale in `folder`. Raises WordsError naming the file and key at fault."""
    skill = WordsFile(folder / "skill.yaml")
    emergency = _emergency(WordsFile(folder / "emergency.yaml"), WordsFile(folder / "signs.yaml"))
    prompts = WordsFile(folder / "prompts.yaml").named(PROMPTS)
    articles: dict[str, Article] = {}
    for path in sorted((folder / "articles").glob("*.yaml")):
        article = _article(WordsFile(path))
        if article.topic in articles:
            raise WordsError(path, "topic", f"{article.topic!r} is another article's, too")
        articles[article.topic] = article
    topic = skill.text("topic")
    if topic not in articles:
        skill.fail("topic", f"no article in articles/ has the topic {topic!r}")
    said = {f"prompts.{key}": text for key, text in prompts.items()}
    said |= {f"emergency.{key}": text for key, text in emergency.said.items()}
    for article in articles.values():
        said |= _article_parts(article, prompts["spelling"])
    interview = read_interview(
        WordsFile(folder / "interview.yaml"), GUIDANCE_FORMS, set(articles[topic].sources)
    )
    said |= {f"interview.{key}": text for key, text in interview.said.items()}
    return Locale(
        tag=folder.name,
        name=skill.text("name"),
        topic=topic,
        voice=skill.text("voice"),
        say_as=skill.texts("say_as"),
        articles=articles,
        intents=_intents(WordsFile(folder / "intents.yaml")),
        emergency=emergency,
        interview=interview,
        page=WordsFile(folder / "page.yaml").named(PAGE),
        parts=said,
        sounds=WordsFile(sounds).texts("") if (sounds := folder / "sounds.yaml").is_file() else {},
    )


def load_all(root: Path = LOCALES) -> dict[str, Locale]:
    """Every locale under `root`, by tag. Raises WordsError, also where there is none."""
    found = root.iterdir() if root.is_dir() else []
    folders = sorted(path for path in found if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise WordsError(root, "", "holds no locale folder")
    return {folder.name: load(folder) for folder in folders}


def _emergency(file: WordsFile, signs: WordsFile) -> Emergency:
    guidance = {form: file.texts(f"guidance.{form}") for form in file.names("guidance")}
    for form in GUIDANCE_FORMS:
        if missing := {"certain", "certain_again", "possible", "possible_again"} - set(
            guidance.get(form, ())
        ):
            file.fail(f"guidance.{form}", f"lacks {', '.join(sorted(missing))}")
    said = {
        f"{form}.{name}": text for form, words in guidance.items() for name, text in words.items()
    }
    number = file.text("number")
    said |= {f"waiting.{form}": file.text(f"waiting.{form}") for form in ("stroke", "other")}
    said["closing"] = file.text("closing")
    for key, text in said.items():
        if number not in text:
            where = key if key == "closing" or key.startswith("waiting.") else f"guidance.{key}"
            file.fail(where, f"must name the number, {number}")
    said["withheld"] = file.text("withheld")
    return Emergency(
        number=number,
        said=said,
        or_local=file.text("or_local"),
        elsewhere={
            f"{form}.{name}": text
            for form in file.names("elsewhere")
            for name, text in file.texts(f"elsewhere.{form}").items()
        },
        signs=signs.tree,
        reviewed_by=file.text("reviewed_by", empty=True),
        reviewed_on=file.date("reviewed_on", empty=True),
    )


def _intents(file: WordsFile) -> Intents:
    samples = {name: file.list(f"intents.{name}.samples") for name in file.names("intents")}
    for name in INTENTS:
        if name not in samples and name not in ("launch", "clarify", "out_of_scope"):
            file.fail(f"intents.{name}.samples", "is missing: list what people say")
    for name in samples:
        if name not in INTENTS:
            file.fail(f"intents.{name}", "is no intent that a handler answers")
    return Intents(
        samples=samples,
        slots={name: file.list(f"slots.{name}") for name in file.names("slots")},
        words={name: file.list(f"words.{name}") for name in file.names("words")},
    )


def _article(file: WordsFile) -> Article:
    sources = {
        name: Source(
            name=file.text(f"sources.{name}.name"),
            title=file.text(f"sources.{name}.title"),
            date=file.date(f"sources.{name}.date"),
            rights=file.text(f"sources.{name}.rights"),
        )
        for name in file.names("sources")
    }

    def source(key: str) -> str:
        name = file.text(f"{key}.source")
        if name not in sources:
            file.fail(f"{key}.source", f"{name!r} is not among the article's sources")
        return name

    for name in file.names("sections"):
        if name not in CONTENT_INTENTS:
            file.fail(f"sections.{name}", "is no content intent")
    sections = {
        name: Section(
            intent=name,
            title=file.text(f"sections.{name}.title"),
            spoken=file.text(f"sections.{name}.spoken"),
            brief=file.text(f"sections.{name}.brief"),
            more=file.text(f"sections.{name}.more"),
            source=source(f"sections.{name}"),
            calming=file.flag(f"sections.{name}.calming"),
        )
        for name in CONTENT_INTENTS
    }
    terms = {name: _term(file, name, source) for name in file.names("terms")}
    return Article(
        topic=file.text("topic"),
        title=file.text("title"),
        names=file.list("names"),
        sections=sections,
        terms=terms,
        sources=sources,
        reviewed_by=file.text("reviewed_by", empty=True),
        reviewed_on=file.date("reviewed_on", empty=True),
    )


def _term(file: WordsFile, name: str, source: Callable[[str], str]) -> Term:
    key = f"terms.{name}"
    says = file.texts(f"{key}.says")
    for facet in says:
        if facet not in FACETS:
            file.fail(f"{key}.says.{facet}", f"must be one of {', '.join(FACETS)}")
    if "what" not in says:
        file.fail(f"{key}.says.what", "is missing: what it is, in at most 30 words")
    section = file.text(f"{key}.section")
    if section not in CONTENT_INTENTS:
        file.fail(f"{key}.section", "is no content intent")
    return Term(
        name=file.text(f"{key}.name"),
        heard=file.list(f"{key}.heard"),
        section=section,
        says=says,
        source=source(key),
        calming=file.flag(f"{key}.calming"),
    )


def _article_parts(article: Article, spelling: str) -> dict[str, str]:
    said = {f"{article.topic}.spelled": spelled(article.names[0], spelling)}
    for name, section in article.sections.items():
        said[f"{article.topic}.{name}.brief"] = section.brief
        said[f"{article.topic}.{name}.more"] = section.more
    for name, term in article.terms.items():
        for facet, text in term.says.items():
            said[f"{article.topic}.terms.{name}.{facet}"] = text
        said[f"{article.topic}.terms.{name}.spelled"] = spelled(
            term.name, spelling, letters=name.replace("_", " ")
        )
    return said


def spelled(name: str, spelling: str, *, letters: str = "") -> str:
    """The prompt `spelling`, filled with a name and its letters ("… of tetany is T, E, …").

    letters: what is spelled out, where that is not the name itself ("a charley horse").
    """
    words = (letters or name).replace("-", " ").upper().split()
    return spelling.format(name, ". ".join(", ".join(word) for word in words))
