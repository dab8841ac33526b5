"""The network as it is trained: MiniLM's six layers, and one linear head for each question."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from speech.encoder import FORMS, MAX_PIECES, READ_INTENTS
from speech.training.base import Arrays

WIDTH, HEADS, LAYERS, INNER = 384, 12, 6, 1536
EPSILON = 1e-12
HEADS_OF = {"forms": len(FORMS), "certain": 1, "intents": len(READ_INTENTS)}
"""Outputs of the network: each head's name and width."""


class Layer(nn.Module):
    """One layer of the base: attention, then a wider inner step, each added and evened out."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.mixed = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_even = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.wide = nn.Linear(WIDTH, INNER)
        self.narrow = nn.Linear(INNER, WIDTH)
        self.narrow_even = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """state: batch × pieces × WIDTH; mask: batch × 1 × 1 × pieces, True where a piece is."""
        batch, length, _ = state.shape
        query, key, value = (
            part.view(batch, length, HEADS, -1).transpose(1, 2)
            for part in self.mixed(state).chunk(3, dim=-1)
        )
        drop = self.dropout.p if self.training else 0.0
        seen = functional.scaled_dot_product_attention(query, key, value, mask, dropout_p=drop)
        seen = self.attended(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        state = self.attended_even(state + self.dropout(seen))
        inner = self.narrow(functional.gelu(self.wide(state)))
        even: Tensor = self.narrow_even(state + self.dropout(inner))
        return even


class Network(nn.Module):
    """Pieces in, one row of scores for each head out."""

    def __init__(self, pieces: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(pieces, WIDTH)
        self.places = nn.Embedding(MAX_PIECES, WIDTH)
        self.even = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.heads = nn.ModuleDict({name: nn.Linear(2 * WIDTH, n) for name, n in HEADS_OF.items()})
        self.dropout = nn.Dropout(dropout)

    def forward(self, pieces: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """pieces: batch × most pieces; lengths: how many of them each row has."""
        places = torch.arange(pieces.shape[1])
        held = places[None] < lengths[:, None]
        state = self.dropout(self.even(self.words(pieces) + self.places(places)))
        for layer in self.layers:
            state = layer(state, held[:, None, None])
        mean = (state * held[..., None]).sum(1) / lengths[:, None]
        most = state.masked_fill(~held[..., None], -1e4).amax(1)
        vector = self.dropout(torch.cat((mean, most), 1))
        return {name: head(vector) for name, head in self.heads.items()}

    def load_base(self, arrays: Arrays, kept: list[int]) -> None:
        """Begin from the base's weights, its vocabulary cut to the pieces `kept`."""

        def put(parameter: Tensor, value: np.ndarray) -> None:
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))

        put(self.words.weight, arrays["embeddings.word_embeddings.weight"][kept])
        kind = arrays["embeddings.token_type_embeddings.weight"][0]
        put(
            self.places.weight,
            arrays["embeddings.position_embeddings.weight"][:MAX_PIECES] + kind,
        )
        for target, source in self._pairs():
            put(target.weight, arrays[f"{source}.weight"])
            put(target.bias, arrays[f"{source}.bias"])
        for n, layer in enumerate(self.layers):
            at = f"encoder.layer.{n}.attention.self"
            for kind_of in ("weight", "bias"):
                parts = [arrays[f"{at}.{part}.{kind_of}"] for part in ("query", "key", "value")]
                put(getattr(layer.mixed, kind_of), np.concatenate(parts))

    def _pairs(self) -> list[tuple[nn.Module, str]]:
        pairs: list[tuple[nn.Module, str]] = [(self.even, "embeddings.LayerNorm")]
        for n, layer in enumerate(self.layers):
            at = f"encoder.layer.{n}"
            pairs += [
                (layer.attended, f"{at}.attention.output.dense"),
                (layer.attended_even, f"{at}.attention.output.LayerNorm"),
                (layer.wide, f"{at}.intermediate.dense"),
                (layer.narrow, f"{at}.output.dense"),
                (layer.narrow_even, f"{at}.output.LayerNorm"),
            ]
        return pairs
