"""Fine-tune the base network on labelled lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi
from random import Random

import torch
from torch import Tensor
from torch.nn import functional

from speech.encoder import FORMS, NO_QUESTION, READ_INTENTS, Pieces
from speech.noise import spoiled, typed
from speech.training.base import Arrays, pruned
from speech.training.corpus import Line
from speech.training.network import Network

EPOCHS = 5
_BATCH = 32
_RATE, _HEADS_RATE = 8e-5, 1e-3
_WARM_UP = 0.06
"""Share of all steps in which the rate of learning rises."""
_SMOOTHED = 0.05
"""How much of each label is spread over the others: nobody labels without fault."""
_SPOILED, _MOST_SPOILED = 0.35, 0.2
"""Share of lines that are misheard anew in each epoch, and the greatest share of their words."""
_JOINED, _SHORT = 0.12, 16
"""Share of lines that another follows in one breath; words that either may have."""
_TYPED = 0.3
"""Share of lines whose numbers are written in digits."""
_WEIGHTS = {"forms": 1.5, "certain": 0.7, "intents": 1.0}
_UNKNOWN = -100
"""What marks a label that is not learnt from."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What training gives."""

    network: Network
    vocabulary: list[str]


def learn(
    lines: list[Line],
    base: tuple[Arrays, list[str]],
    *,
    seed: int = 1,
    epochs: int = EPOCHS,
    step: Callable[[float], None] = lambda _: None,
) -> Learnt:
    """Train on all lines. step: called after each batch with its loss."""
    torch.manual_seed(seed)
    torch.set_num_threads(2)  # sums in another order round otherwise
    chance = Random(seed)  # noqa: S311 - not a secret
    arrays, whole = base
    vocabulary = pruned(whole, [line.text for line in lines])
    number = {piece: n for n, piece in enumerate(whole)}
    network = Network(len(vocabulary))
    network.load_base(arrays, [number[piece] for piece in vocabulary])
    body = [p for name, p in network.named_parameters() if not name.startswith("heads")]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": _RATE},
            {"params": network.heads.parameters(), "lr": _HEADS_RATE},
        ],
        weight_decay=0.01,
    )
    steps = epochs * batches(lines)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: _pace(n / steps))
    pieces = Pieces(vocabulary)
    network.train()
    for _ in range(epochs):
        for batch in _shuffled(lines, pieces, chance):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = network(batch["pieces"], batch["lengths"])
            loss = _loss(scores, batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step(loss.item())
    return Learnt(network.eval(), vocabulary)


def batches(lines: list[Line]) -> int:
    """How many batches one epoch over these lines has."""
    return -(-len(lines) // _BATCH)


def _pace(done: float) -> float:
    """Of the full rate, how much at this share of all steps: up quickly, then down in a curve."""
    return done / _WARM_UP if done < _WARM_UP else 0.5 + 0.5 * cos(pi * done)


def _loss(scores: dict[str, Tensor], batch: dict[str, Tensor]) -> Tensor:
    total = torch.zeros(())
    for head in ("forms", "intents"):
        total = total + _WEIGHTS[head] * functional.cross_entropy(
            scores[head].float(), batch[head], ignore_index=_UNKNOWN, label_smoothing=_SMOOTHED
        )
    known = batch["certain"] != _UNKNOWN
    if known.any():
        total = total + _WEIGHTS["certain"] * functional.binary_cross_entropy_with_logits(
            scores["certain"].float()[known, 0], batch["certain"][known].float()
        )
    return total


def _shuffled(lines: list[Line], pieces: Pieces, chance: Random) -> Iterator[dict[str, Tensor]]:
    """One epoch's batches, each of lines of like length, in any order."""
    said = [_said(line, lines, chance) for line in lines]
    numbered = [(pieces.numbers(line.text.split()), line) for line in said]
    numbered.sort(key=lambda pair: (len(pair[0]), chance.random()))
    groups = [numbered[n : n + _BATCH] for n in range(0, len(numbered), _BATCH)]
    chance.shuffle(groups)
    for group in groups:
        longest = max(len(numbers) for numbers, _ in group)
        yield {
            "pieces": torch.tensor([n + [0] * (longest - len(n)) for n, _ in group]),
            "lengths": torch.tensor([len(n) for n, _ in group]),
            "forms": torch.tensor([FORMS.index(line.form) for _, line in group]),
            "certain": torch.tensor(
                [_UNKNOWN if line.certain is None else int(line.certain) for _, line in group]
            ),
            "intents": torch.tensor(
                [
                    _UNKNOWN if line.intent is None else READ_INTENTS.index(line.intent)
                    for _, line in group
                ]
            ),
        }


def _said(line: Line, others: list[Line], chance: Random) -> Line:
    """The line as it may be heard: with another after or before it, misheard, or as it is."""
    text, form, certain, intent = line.text, line.form, line.certain, line.intent
    if chance.random() < _JOINED:
        other = chance.choice(others)
        if _joinable(line, other):
            pair = [line, other]
            chance.shuffle(pair)
            text = f"{pair[0].text} {pair[1].text}"
            form = max(form, other.form, key=FORMS.index)
            told = [part.certain for part in pair if part.form == form]
            certain = None if None in told else any(told)
            intent = _asked(intent, other.intent)
    if chance.random() < _SPOILED:
        text = spoiled(text, chance.uniform(0.05, _MOST_SPOILED), chance)
    if chance.random() < _TYPED:
        text = typed(text)
    return Line(text, form, certain, intent)


def _joinable(line: Line, other: Line) -> bool:
    short = all(len(part.text.split()) <= _SHORT for part in (line, other))
    return short and _asked(line.intent, other.intent) is not None


def _asked(one: str | None, other: str | None) -> str | None:
    """What two things said in one breath ask for; None where that is not clear."""
    for first, second in ((one, other), (other, one)):
        if second == NO_QUESTION:
            return first
    return one if one == other else None
