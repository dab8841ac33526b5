"""What was heard, made plain: one spelling of the same words, whichever door they came through."""

import re
import unicodedata

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u00b4": "'"})
_NOT_SPEECH = re.compile(r"[^a-z0-9' ]+")
_LOOSE_APOSTROPHE = re.compile(r"(?<![a-z0-9])'|'(?![a-z0-9])")


def normalise(text: str) -> str:
    """Lower-case words and digits with single spaces; straight apostrophes inside words only.

    Any string is accepted, control characters and lone surrogates included; what no voice can say
    becomes a space. Letters keep their base form: "Ménière's" → "meniere's".
    """
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    spoken = _LOOSE_APOSTROPHE.sub(" ", _NOT_SPEECH.sub(" ", bare))
    return " ".join(spoken.split())
