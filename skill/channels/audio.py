"""The spoken answers: /api/speech/<locale>/<rate>/<passages>, as WAV, as MP3, and as timings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from skill.channels.wire import RefusedError
from skill.conversation import Conversation, log_fault
from speech import mp3
from speech.locale import Locale
from speech.readability import sentences
from speech.tts import MAX_RATE, MIN_RATE, PAUSE, Spoken, Voice, duration, spoken_form

MAX_PARTS = 8
"""Most parts that one audio address may name."""
MAX_AUDIO = 3
"""Most audio answers made at once: an emergency must always find a free thread."""
FORMATS = (*(("mp3",) if mp3.AVAILABLE else ()), "wav")
"""What the voice can be had as, smallest first."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """One part of an audio address."""

    id: str
    text: str
    """As it is shown."""
    rate: int

    def spoken(self, locale: Locale, text: str = "") -> Spoken:
        return Spoken(self.id, spoken_form(text or self.text, locale.say_as), self.rate)


def blueprint(conversation: Conversation, voice: Voice) -> Blueprint:
    """The audio's addresses."""
    audio = Blueprint("audio", __name__, url_prefix="/api/speech/<locale>/<int:rate>")
    desks = BoundedSemaphore(MAX_AUDIO)

    def make(
        tag: str, rate: int, named: str, kind: str, work: Callable[[list[_Passage], Locale], bytes]
    ) -> ResponseReturnValue:
        listener = conversation.listeners.get(tag)
        passages = _passages(listener.locale, rate, named) if listener else None
        if not passages or not listener:
            raise RefusedError("not_found", code=404)
        if not desks.acquire(blocking=False):
            raise RefusedError("busy", code=503)
        try:
            made = work(passages, listener.locale)
        except Exception as error:  # noqa: BLE001 – a voice that breaks costs the audio, no more
            log_fault("the voice", error)
            raise RefusedError("voice_failed", code=503) from None
        finally:
            desks.release()
        answer = current_app.response_class(made, mimetype=kind)
        answer.add_etag()
        answer.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask again
        return answer.make_conditional(request, accept_ranges=True, complete_length=len(made))

    @audio.get("/<passages>.wav")
    def wav(locale: str, rate: int, passages: str) -> ResponseReturnValue:
        return make(locale, rate, passages, "audio/wav", lambda said, words: voice.speak(
            [p.spoken(words) for p in said], words.voice
        ))  # fmt: skip

    if mp3.AVAILABLE:

        @audio.get("/<passages>.mp3")
        def as_mp3(locale: str, rate: int, passages: str) -> ResponseReturnValue:
            return make(locale, rate, passages, "audio/mpeg", lambda said, words: voice.speak_mp3(
                [p.spoken(words) for p in said], words.voice
            ))  # fmt: skip

    @audio.get("/<passages>.json")
    def timings(locale: str, rate: int, passages: str) -> ResponseReturnValue:
        return make(locale, rate, passages, "application/json", lambda said, words: (
            current_app.json.dumps(_timings(said, words, voice)).encode()
        ))  # fmt: skip

    return audio


def _passages(locale: Locale, rate: int, named: str) -> list[_Passage] | None:
    """The passages of an audio address; None where it names one that is not there to say."""
    found = []
    for passage in named.split("+")[: MAX_PARTS + 1]:
        part_id, _, own = passage.partition("@")
        try:
            wanted, text = int(own or rate), locale.text(part_id)
        except (ValueError, KeyError):
            return None
        if not MIN_RATE <= wanted <= MAX_RATE:
            return None
        found.append(_Passage(part_id, text, wanted))
    return found if len(found) <= MAX_PARTS else None


def _timings(passages: list[_Passage], locale: Locale, voice: Voice) -> list[dict[str, Any]]:
    """Part by part its sentences, each with the second at which the voice begins and ends it.

    eSpeak speaks sentence by sentence, so a part lasts as long as its sentences one by one.
    """
    now = 0.0
    timed: list[dict[str, Any]] = []
    for passage in passages:
        texts = sentences(passage.text)
        lengths = [duration(voice.render(passage.spoken(locale, t), locale.voice)) for t in texts]
        spoken = []
        for text, length in zip(texts, lengths, strict=True):
            spoken.append({"text": text, "start": round(now, 3), "end": round(now + length, 3)})
            now += length
        timed.append({"id": passage.id, "sentences": spoken})
        now += PAUSE
    return timed
