"""The skill package: what Amazon is given to offer this skill, built into one folder.

Everything is made and checked before anything is written, and each fault has its own line. What is
no word of a locale stands in manifest.yaml; the store's words stand in a locale's store.yaml.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from skill.channels.alexa.icons import icon
from skill.channels.alexa.interaction_model import Alexa, Model, read_alexa, render
from skill.channels.alexa.model_linter import lint
from speech.locale import LOCALES, Locale
from speech.quoted_yaml import Words, WordsError, read

SSL_CERTIFICATES = ("Trusted", "Wildcard")
"""Amazon's names for the kind of an endpoint's certificate. None is for self-signed ones: Amazon
takes those in development only, and only uploaded by hand."""

_PACKAGE = "skill-package"
_SEARCH = "AMAZON.SearchQuery"
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
)
_ENDPOINT = "make package ENDPOINT=https://your-host/alexa"

Manifest = dict[str, Any]


class PackageError(Exception):
    """No package can be built. Says why, one line a fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Store:
    """What the skill store shows in one language."""

    summary: str
    description: Mapping[str, str]
    """Paragraphs, in order."""
    keywords: tuple[str, ...]
    whats_new: str
    testing: Mapping[str, str]
    """Paragraphs for those who test the skill before it is published."""
    pages: Mapping[str, str]
    """The manifest's name of a page → its address; only those that there are."""


def read_store(folder: Path) -> Store:
    """Read a locale folder's store.yaml. Raises WordsError naming the file and key at fault."""
    path = folder / "store.yaml"
    tree = read(path)

    def text(key: str, value: Words | None, *, empty: bool = False) -> str:
        if not isinstance(value, str) or not (value.strip() or empty):
            raise WordsError(path, key, "must be a quoted text")
        return value.strip()

    def texts(key: str) -> dict[str, str]:
        value = tree.get(key)
        if not isinstance(value, dict) or not value:
            raise WordsError(path, key, "must be a mapping of names to quoted texts")
        return {name: text(f"{key}.{name}", inner) for name, inner in value.items()}

    def items(key: str) -> tuple[str, ...]:
        value = tree.get(key)
        if not isinstance(value, list) or not value:
            raise WordsError(path, key, "must be a list of quoted texts")
        return tuple(text(f"{key}[{n}]", item) for n, item in enumerate(value))

    pages = {
        "privacyPolicyUrl": text("privacy_policy_url", tree.get("privacy_policy_url"), empty=True),
        "termsOfUseUrl": text("terms_of_use_url", tree.get("terms_of_use_url"), empty=True),
    }
    store = Store(
        summary=text("summary", tree.get("summary")),
        description=texts("description"),
        keywords=items("keywords"),
        whats_new=text("whats_new", tree.get("whats_new")),
        testing=texts("testing"),
        pages={name: address for name, address in pages.items() if address},
    )
    for key in ("disclaimer", "emergency", "unreviewed", "reviewed", "privacy"):
        if key not in store.description:
            raise WordsError(path, f"description.{key}", "is missing: the store must say it")
    return store


def checked_endpoint(address: str | None) -> str:
    """The endpoint as the manifest has it. Raises PackageError where Amazon could not call it."""
    if not address or not address.strip():
        raise PackageError(
            [
                f"No endpoint is set. Name the address that Amazon is to call: {_ENDPOINT}",
                "To leave it out for now: make package OPTIONS=--without-endpoint",
            ]
        )
    faults = list(_endpoint_faults(address))
    if faults:
        raise PackageError(f"The endpoint {address!r} {fault}." for fault in faults)
    return f"https://{(urlsplit(address).hostname or '').lower()}/alexa"


def build(
    folder: Path,
    *,
    endpoint: str | None,
    locales: Mapping[str, Locale],
    models_folder: Path,
    symptom_check: bool = True,
    certificate: str = "Trusted",
    words: Path = LOCALES,
) -> list[Path]:
    """Write the package and the ASK CLI's settings into `folder`; return the files, sorted.

    endpoint: where Amazon sends requests; None leaves it out, to be set in Amazon's console.
    symptom_check: False leaves that intent out, and every word about it.
    certificate: one of SSL_CERTIFICATES. words: where the locale folders are.

    Raises PackageError with every fault of what would be built, or WordsError for a words file
    that cannot be used. Then nothing is written.
    """
    address = None if endpoint is None else checked_endpoint(endpoint)
    if certificate not in SSL_CERTIFICATES:
        raise PackageError([f"{certificate!r} is no kind of certificate: {SSL_CERTIFICATES}"])
    alexas = {tag: read_alexa(words / tag) for tag in sorted(locales)}
    stores = {tag: read_store(words / tag) for tag in alexas}
    models = {tag: _model(models_folder / f"{tag}.json") for tag in alexas}
    faults = [f"{t}: {f}" for t, a in alexas.items() for f in _model_faults(models[t][1], a)]
    if faults:
        raise PackageError(faults)
    files: dict[str, bytes] = {}
    examples: dict[str, list[str]] = {}
    for tag, alexa in alexas.items():
        text, model = models[tag]
        if not symptom_check:
            model = _without(model, alexa.names["symptom_check"])
            text = render(model).encode()
        examples[tag] = [said for said in alexa.examples if not _example_faults(model, [said])]
        files[f"interactionModels/custom/{tag}.json"] = text
        for name, size in _facts()["icons"].items():
            files[_icon(tag, name)] = icon(int(size))
    manifest = _manifest(
        {tag: _Place(locales[tag], stores[tag], alexas[tag], examples[tag]) for tag in alexas},
        address,
        certificate,
        symptom_check=symptom_check,
    )
    files["skill.json"] = _json(manifest)
    if faults := [*_faults(manifest, locales), *_layout_faults(files)]:
        raise PackageError(faults)
    return _write(folder, files)


def package_command(
    locales: Mapping[str, Locale], models_folder: Path, words: Path = LOCALES
) -> click.Command:
    """`flask package`: build the skill package of these locales."""

    @click.command("package")
    @click.option("--endpoint", metavar="URL", help="Where Amazon sends requests: https://…/alexa.")
    @click.option(
        "--without-endpoint", is_flag=True, help="Leave it out; set it in Amazon's console."
    )
    @click.option(
        "--certificate",
        type=click.Choice(SSL_CERTIFICATES, case_sensitive=False),
        default="Trusted",
        show_default=True,
        help="The endpoint's certificate: for its own name, or for all names of its domain.",
    )
    @click.option("--without-symptom-check", is_flag=True, help="Leave the symptom check out.")
    @click.option(
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        default="dist",
        show_default=True,
        help="Folder to build in.",
    )
    def package(
        endpoint: str | None,
        without_endpoint: bool,
        certificate: str,
        without_symptom_check: bool,
        output: Path,
    ) -> None:
        """Build the skill package that Amazon imports, and say what to do with it."""
        if endpoint and without_endpoint:
            raise click.UsageError("--endpoint and --without-endpoint exclude each other.")
        try:
            written = build(
                output,
                endpoint=None if without_endpoint else endpoint or "",
                locales=locales,
                models_folder=models_folder,
                symptom_check=not without_symptom_check,
                certificate=certificate,
                words=words,
            )
        except (PackageError, WordsError) as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(
                f"{error.filename or output} cannot be written ({error.strerror})."
            ) from None
        for path in written:
            click.echo(path)
        click.echo(
            f"\nNext: cd {output} && ask deploy -t skill-metadata\n"
            "Then set SPASM_GUIDE_ALEXA_SKILL_IDS to the skill id that it prints, and restart."
        )
        if without_endpoint:
            click.echo(
                "No endpoint is set: enter https://…/alexa in Amazon's console before you test."
            )

    return package


@dataclass(frozen=True, slots=True)
class _Place:
    """All that the manifest takes from one locale."""

    locale: Locale
    store: Store
    alexa: Alexa
    examples: list[str]
    """Those that its model can say."""


@cache
def _facts() -> Mapping[str, Any]:
    return read(Path(__file__).with_name("manifest.yaml"))


def _limit(name: str) -> int:
    return int(_facts()["limits"][name])


def _json(tree: Mapping[str, Any]) -> bytes:
    return (json.dumps(tree, ensure_ascii=False, indent=2) + "\n").encode()


def _endpoint_faults(address: str) -> Iterator[str]:
    """What keeps Amazon from calling an address, each as the end of a sentence."""
    if not re.fullmatch(r"[!-~]+", address):
        yield "must be an address in plain letters, without spaces"
        return
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        yield f"is no address. Write it like this: {_ENDPOINT}"
        return
    if parts.scheme.lower() != "https":
        yield "must begin with https://"
        return
    if parts.username is not None or parts.password is not None:
        yield "must not hold a user name or password"
    if port not in (None, 443):
        yield f"must not name port {port}: Amazon only calls port 443"
    if parts.path != "/alexa" or "?" in address or "#" in address:
        yield "must end in /alexa, where this program answers, with nothing after it"
    if not _HOST.fullmatch(host):
        yield "must name a host on the public internet, such as a domain of yours"
    elif any(host == end or host.endswith(f".{end}") for end in _facts()["private_ends"]):
        yield "names a host that only your own network knows"
    elif set(host.split(".")) & set(_facts()["placeholders"]):
        yield "names a placeholder: put your own host there"


def _model(path: Path) -> tuple[bytes, Model]:
    """A committed interaction model: its bytes, and what they hold."""
    try:
        text = path.read_bytes()
        model = json.loads(text)
    except (OSError, ValueError) as error:
        raise PackageError(
            [f"{path.name} cannot be read ({type(error).__name__}). Run: make models"]
        ) from error
    if not isinstance(model, dict):
        raise PackageError([f"{path.name} holds no interaction model. Run: make models"])
    return text, model


def _model_faults(model: Model, alexa: Alexa) -> list[str]:
    return lint(model) or _example_faults(model, alexa.examples)


def _example_faults(model: Model, examples: Iterable[str]) -> list[str]:
    """An example must be a sample of its own, not just the start of free speech."""
    return lint(_cut(model, lambda intent: _SEARCH in _types(intent)), examples)


def _without(model: Model, name: str) -> Model:
    """The model without one intent, and without the slot types that only it used."""
    return _cut(model, lambda intent: intent["name"] == name)


def _cut(model: Model, unwanted: Callable[[Model], bool]) -> Model:
    whole = model["interactionModel"]
    language = whole["languageModel"]
    intents = [intent for intent in language["intents"] if not unwanted(intent)]
    in_use = {kind for intent in intents for kind in _types(intent)}
    types = [kind for kind in language.get("types", ()) if kind["name"] in in_use]
    return {
        **model,
        "interactionModel": {
            **whole,
            "languageModel": {**language, "intents": intents, "types": types},
        },
    }


def _types(intent: Mapping[str, Any]) -> list[str]:
    return [slot["type"] for slot in intent.get("slots", ())]


def _icon(tag: str, name: str) -> str:
    return f"assets/images/{tag}-{_facts()['icons'][name]}.png"


def _manifest(
    places: Mapping[str, _Place],
    endpoint: str | None,
    certificate: str,
    *,
    symptom_check: bool,
) -> Manifest:
    """skill.json, as Amazon's schema has it."""
    facts = _facts()
    left_out = () if symptom_check else ("symptom_check",)
    custom: Manifest = {"interfaces": [{"type": kind} for kind in facts["interfaces"]]}
    if endpoint:
        custom = {"endpoint": {"uri": endpoint, "sslCertificateType": certificate}} | custom
    testing = [_paragraphs(place.store.testing, left_out) for place in places.values()]
    countries = {c for tag in places for c in facts["distribution"].get(tag, ())}
    privacy: Manifest = {name: value == "yes" for name, value in facts["privacy"].items()}
    if pages := {tag: dict(p.store.pages) for tag, p in places.items() if p.store.pages}:
        privacy["locales"] = pages
    return {
        "manifest": {
            "manifestVersion": facts["version"],
            "publishingInformation": {
                "locales": {tag: _locale(tag, place, left_out) for tag, place in places.items()},
                "category": facts["category"],
                "distributionMode": facts["distribution_mode"],
                "isAvailableWorldwide": False,
                "distributionCountries": sorted(countries),
                "testingInstructions": "\n\n".join(testing),
            },
            "privacyAndCompliance": privacy,
            "apis": {"custom": custom},
        }
    }


def _locale(tag: str, place: _Place, left_out: tuple[str, ...]) -> Manifest:
    return {
        "name": place.locale.name,
        "summary": place.store.summary,
        "description": _description(place, left_out),
        "updatesDescription": place.store.whats_new,
        "examplePhrases": place.examples[: int(_facts()["example_phrases"])],
        "keywords": list(place.store.keywords),
        **{name: f"file://{_icon(tag, name)}" for name in _facts()["icons"]},
    }


def _description(place: _Place, left_out: tuple[str, ...]) -> str:
    """The paragraphs that are so: our wording is called reviewed once all of it is signed."""
    locale = place.locale
    signed = [(locale.emergency.reviewed_by, locale.emergency.reviewed_on)]
    signed += [(a.reviewed_by, a.reviewed_on) for a in locale.articles.values()]
    reviewed = all(name for name, _ in signed)
    text = _paragraphs(
        place.store.description, (*left_out, "unreviewed" if reviewed else "reviewed")
    )
    if not reviewed:
        return text
    names = ", ".join(sorted({name for name, _ in signed}))
    return text.replace("{0}", names).replace("{1}", max(day for _, day in signed))


def _paragraphs(said: Mapping[str, str], left_out: Iterable[str]) -> str:
    return "\n\n".join(text for name, text in said.items() if name not in left_out)


def _faults(manifest: Manifest, locales: Mapping[str, Locale]) -> Iterator[str]:
    """What Amazon would refuse in the manifest, or what would be unsafe there."""
    published = manifest["manifest"]["publishingInformation"]
    pages = manifest["manifest"]["privacyAndCompliance"].get("locales", {})
    for tag, shown in published["locales"].items():
        yield from (f"{tag}: {fault}" for fault in _shown_faults(shown))
        yield from (f"{tag}: {fault}" for fault in _place_faults(tag, locales[tag]))
        number = locales[tag].emergency.number
        if not re.search(rf"\b{re.escape(number)}\b", shown["description"]):
            yield f"{tag}: the description does not name {number}"
        for name, address in pages.get(tag, {}).items():
            if not re.fullmatch(r"https://[^\s/]+\.[^\s/]+(/\S*)?", address):
                yield f"{tag}: {name} {address!r} must be the address of a page, with https://"
    yield from _lengths("", published, ("testingInstructions",))


def _shown_faults(shown: Manifest) -> Iterator[str]:
    yield from _lengths("", shown, ("name", "summary", "description", "updatesDescription"))
    wanted, phrases = int(_facts()["example_phrases"]), shown["examplePhrases"]
    if len(set(phrases)) != wanted:
        yield (
            f"{len(set(phrases))} example phrases that the model can say: "
            f"Amazon asks for {wanted} (alexa.yaml: examples)"
        )
    for phrase in phrases:
        yield from _lengths(f"{phrase!r} ", {"examplePhrase": phrase}, ("examplePhrase",))
    keywords = shown["keywords"]
    if len(keywords) > _limit("keywords"):
        yield f"{len(keywords)} keywords: {_limit('keywords')} are allowed"
    for keyword, count in Counter(map(str.casefold, keywords)).items():
        yield from _lengths(f"{keyword!r} ", {"keyword": keyword}, ("keyword",))
        if count > 1:
            yield f"the keyword {keyword!r} is there {count} times"
    for what in (shown["name"], *keywords):
        for kept in _facts()["kept_names"]:
            if re.search(rf"\b{kept}\b", what, re.IGNORECASE):
                yield f"{what!r}: {kept!r} is Amazon's own name, and cannot be in it"


def _lengths(what: str, tree: Manifest, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        count, most = len(tree[name]), _limit(name)
        if count > most:
            yield f"{what}{name}: has {count} characters, at most {most}. Cut {count - most}"


def _place_faults(tag: str, locale: Locale) -> Iterator[str]:
    """A locale is offered only where every number that its guidance says works."""
    countries = _facts()["distribution"].get(tag, [])
    if not countries:
        yield "manifest.yaml names no country for it under distribution"
    said = {locale.emergency.number} | {
        number
        for text in locale.emergency.said.values()
        for number in re.findall(r"\b\d{3,}\b", text)
    }
    for country in countries:
        for number in sorted(said - set(_facts()["places"].get(country, ()))):
            yield (
                f"the guidance says {number}, and manifest.yaml does not say that it works in "
                f"{country} (places), with a source"
            )


def _layout_faults(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if not any(re.fullmatch(pattern, path) for pattern in _facts()["layout"]):
            yield f"{path}: Amazon knows no such file in a skill package"


def _write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Replace the package in `folder`; what an earlier build left there and is no more goes."""
    home = folder / _PACKAGE
    old = [path for path in home.rglob("*") if not path.is_dir()] if home.is_dir() else []
    if strangers := list(_layout_faults(sorted(p.relative_to(home).as_posix() for p in old))):
        raise PackageError([*strangers, f"Take it out of {home} first."])
    settings = {
        "askcliResourcesVersion": "2020-03-31",
        "profiles": {"default": {"skillMetadata": {"src": f"./{_PACKAGE}"}}},
    }
    new = {home / name: data for name, data in files.items()}
    new[folder / "ask-resources.json"] = _json(settings)
    for path in old:
        if path not in new:
            path.unlink()
    for path, data in new.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sorted(new)
