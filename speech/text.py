"""What was heard, made plain: one spelling of the same words, whichever door they came through."""

import re
import unicodedata

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc`\u00b4", "'"))
_NOT_SPEECH = re.compile(r"[^a-z0-9' ]+")
_LOOSE_APOSTROPHE = re.compile(r"(?<![a-z0-9])'|'(?![a-z0-9])")


def normalise(text: str) -> str:
    """Lower-case words and digits with single spaces; straight apostrophes inside words only.

    Any string is accepted, control characters and lone surrogates included; what no voice can say
    becomes a space. Letters keep their base form: "Ménière's" → "meniere's".
    """
    straight = text.translate(_APOSTROPHES)
    bare = straight if straight.isascii() else "".join(map(_base, straight))
    spoken = _LOOSE_APOSTROPHE.sub(" ", _NOT_SPEECH.sub(" ", bare.casefold()))
    return " ".join(spoken.split())


def _base(character: str) -> str:
    """Without its marks. One by one: to sort a long run of marks takes time without end."""
    whole = unicodedata.normalize("NFKD", character)
    return "".join(c for c in whole if not unicodedata.combining(c))
