"""The skill package holds what Amazon asks for, and says nothing that is not so."""

import json
import re
import shutil
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ask_sdk_core.serialize import DefaultSerializer
from ask_smapi_model.v1.skill.manifest.skill_manifest_envelope import SkillManifestEnvelope
from click.testing import CliRunner, Result

from skill.channels.alexa import icons
from skill.channels.alexa.model_linter import lint
from skill.channels.alexa.package import (
    PackageError,
    build,
    checked_endpoint,
    package_command,
    read_store,
)
from speech.locale import LOCALES, Locale
from speech.quoted_yaml import WordsError

MODELS = Path(__file__).parent.parent / "interaction_models"
ENDPOINT = "https://spasm-guide.net/alexa"
LAYOUT = (
    r"skill\.json",
    r"interactionModels/custom/[a-z]{2}-[A-Z]{2}\.json",
    r"assets/images/[a-zA-Z0-9._-]{1,64}\.(png|jpg|jpeg)",
)
"""Of the paths that Amazon's resource schema allows, those that a skill like this one needs."""


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def built(folder: Path, locale: Locale, **options: Any) -> dict[str, Any]:
    """Build into a folder; the manifest, and beside it the model of the locale."""
    settings: dict[str, Any] = {"endpoint": ENDPOINT, "models_folder": MODELS} | options
    build(folder, locales={"en-US": locale}, **settings)
    package = folder / "skill-package"
    manifest = json.loads((package / "skill.json").read_text(encoding="utf-8"))["manifest"]
    model = (package / "interactionModels/custom/en-US.json").read_text(encoding="utf-8")
    return {
        "manifest": manifest,
        "model": json.loads(model),
        "shown": manifest["publishingInformation"]["locales"]["en-US"],
    }


def intents(model: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {i["name"]: i for i in model["interactionModel"]["languageModel"]["intents"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, locale: Locale) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(folder, endpoint=ENDPOINT, locales={"en-US": locale}, models_folder=MODELS)
    return folder


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    text = (folder / "skill-package/skill.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)["manifest"]
    return read


@pytest.fixture(scope="module")
def shown(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["publishingInformation"]["locales"]["en-US"]
    return found


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A copy of the words that the package is made of, to be changed."""
    folder = tmp_path / "words" / "en-US"
    folder.mkdir(parents=True)
    for name in ("alexa.yaml", "skill.yaml", "store.yaml"):
        shutil.copy(LOCALES / "en-US" / name, folder)
    return folder.parent


def change(words: Path, file: str, pattern: str, replacement: str) -> None:
    path = words / "en-US" / file
    text, count = re.subn(
        pattern, lambda _: replacement, path.read_text(encoding="utf-8"), count=1, flags=re.M | re.S
    )
    assert count == 1, "the change did not apply"
    path.write_text(text, encoding="utf-8")


# The folder.


def test_the_tree_is_a_skill_package(folder: Path) -> None:
    package = folder / "skill-package"
    assert sorted(tree(package)) == [
        "assets/images/en-US-108.png",
        "assets/images/en-US-512.png",
        "interactionModels/custom/en-US.json",
        "skill.json",
    ]
    for name in tree(package):
        assert any(re.fullmatch(pattern, name) for pattern in LAYOUT), name


def test_the_command_line_tool_finds_the_package(folder: Path) -> None:
    settings = json.loads((folder / "ask-resources.json").read_text(encoding="utf-8"))
    assert settings["askcliResourcesVersion"] == "2020-03-31"
    profile = settings["profiles"]["default"]
    assert list(profile) == ["skillMetadata"]  # self-hosted: no code, no infrastructure
    assert (folder / profile["skillMetadata"]["src"] / "skill.json").is_file()


def test_the_model_is_the_committed_one(folder: Path) -> None:
    copied = (folder / "skill-package/interactionModels/custom/en-US.json").read_bytes()
    assert copied == (MODELS / "en-US.json").read_bytes()


def test_the_same_words_make_the_same_bytes(folder: Path, tmp_path: Path, locale: Locale) -> None:
    written = build(tmp_path, endpoint=ENDPOINT, locales={"en-US": locale}, models_folder=MODELS)
    assert tree(tmp_path) == tree(folder)
    assert written == sorted(tmp_path / name for name in tree(tmp_path))


def test_a_new_build_replaces_the_old(tmp_path: Path, folder: Path, locale: Locale) -> None:
    """What the command-line tool keeps of the skill, its id above all, stays."""
    built(tmp_path, locale, endpoint=None, symptom_check=False)
    left = tmp_path / "skill-package/interactionModels/custom/xx-XX.json"
    left.write_text("{}", encoding="utf-8")
    states = tmp_path / ".ask/ask-states.json"
    states.parent.mkdir()
    states.write_text("kept", encoding="utf-8")
    built(tmp_path, locale)
    assert states.read_text(encoding="utf-8") == "kept"
    states.unlink()
    assert tree(tmp_path) == tree(folder)


def test_what_was_not_built_here_is_not_touched(tmp_path: Path, locale: Locale) -> None:
    built(tmp_path, locale)
    stranger = tmp_path / "skill-package/notes.txt"
    stranger.write_text("mine", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(PackageError, match=r"(?s)notes\.txt.*Take it out of"):
        built(tmp_path, locale, endpoint=None)
    assert tree(tmp_path) == before


# The manifest.


def test_amazon_reads_the_manifest_and_loses_nothing(manifest: dict[str, Any]) -> None:
    serializer = DefaultSerializer()
    whole = {"manifest": manifest}
    read = serializer.deserialize(json.dumps(whole), SkillManifestEnvelope)
    assert without_nothing(serializer.serialize(read)) == whole


def without_nothing(node: Any) -> Any:
    """Amazon's classes fill in None for what is absent."""
    if isinstance(node, dict):
        return {key: without_nothing(inner) for key, inner in node.items() if inner is not None}
    return [without_nothing(inner) for inner in node] if isinstance(node, list) else node


def test_what_certification_looks_for(manifest: dict[str, Any]) -> None:
    published = manifest["publishingInformation"]
    assert manifest["manifestVersion"] == "1.0"
    assert published["category"] == "HEALTH_AND_FITNESS"
    assert published["distributionMode"] == "PUBLIC"
    assert published["isAvailableWorldwide"] is False
    assert published["distributionCountries"] == ["US"]
    assert manifest["privacyAndCompliance"] == {
        "allowsPurchases": False,
        "usesPersonalInfo": False,
        "isChildDirected": False,
        "isExportCompliant": True,
        "containsAds": False,
        "usesHealthInfo": False,
    }
    assert manifest["apis"]["custom"] == {
        "endpoint": {"uri": ENDPOINT, "sslCertificateType": "Trusted"},
        "interfaces": [{"type": "ALEXA_PRESENTATION_APL"}],
    }


def test_the_locales_are_those_of_the_models(folder: Path, manifest: dict[str, Any]) -> None:
    models = (folder / "skill-package/interactionModels/custom").glob("*.json")
    assert set(manifest["publishingInformation"]["locales"]) == {path.stem for path in models}


def test_the_icons_it_names_are_there(folder: Path, shown: dict[str, Any]) -> None:
    for key, size in (("smallIconUri", 108), ("largeIconUri", 512)):
        path = folder / "skill-package" / shown[key].removeprefix("file://")
        assert path.read_bytes() == icons.icon(size)


@pytest.mark.parametrize(
    "said",
    [
        "does not provide medical advice",
        "informational and educational purposes only",
        "not a substitute for professional medical advice",
        "medical emergency, call 911 or your local emergency number",
        "cannot call 911",
        "not yet been reviewed by a clinician",
        "a source, not a sponsor",
        "Words that Alexa matches to fixed samples never reach the skill",
        "No warning is not an all-clear",
        "does not store or log what you say",
    ],
)
def test_the_description_says(shown: dict[str, Any], said: str) -> None:
    assert said in shown["description"]


def test_no_claim_to_save_a_life(manifest: dict[str, Any]) -> None:
    claim = r"sav(e|es|ing) .{0,12}\bli(fe|ves)|life.?saving|never miss|always (warn|hear|find)"
    assert not re.search(claim, json.dumps(manifest["publishingInformation"]), re.I)


def test_no_name_of_amazons_is_borrowed(shown: dict[str, Any]) -> None:
    assert not re.search(r"alexa|amazon|echo", " ".join((shown["name"], *shown["keywords"])), re.I)
    assert "Alexa skill" not in shown["summary"] + shown["description"]


def test_a_signed_wording_is_called_reviewed(tmp_path: Path, locale: Locale) -> None:
    sign: dict[str, Any] = {"reviewed_by": "Dr. Vega", "reviewed_on": "2027-01-31"}
    emergency = replace(locale.emergency, **sign)
    half = replace(locale, emergency=emergency)
    whole = replace(
        half, articles={topic: replace(a, **sign) for topic, a in locale.articles.items()}
    )
    assert "not yet been reviewed" in built(tmp_path, half)["shown"]["description"]
    text = built(tmp_path, whole)["shown"]["description"]
    assert "reviewed by Dr. Vega on 2027-01-31" in text
    assert "not yet been reviewed" not in text


def test_pages_are_named_only_where_there_are_some(
    tmp_path: Path, words: Path, locale: Locale, manifest: dict[str, Any]
) -> None:
    assert "locales" not in manifest["privacyAndCompliance"]
    page = "https://spasm-guide.net/privacy"
    change(words, "store.yaml", '^privacy_policy_url: ""', f'privacy_policy_url: "{page}"')
    privacy = built(tmp_path, locale, words=words)["manifest"]["privacyAndCompliance"]
    assert privacy["locales"] == {"en-US": {"privacyPolicyUrl": page}}


# Example phrases.


def test_examples_are_fixed_samples(folder: Path, shown: dict[str, Any]) -> None:
    text = (folder / "skill-package/interactionModels/custom/en-US.json").read_text("utf-8")
    model = json.loads(text)
    language = model["interactionModel"]["languageModel"]
    language["intents"] = [
        intent
        for intent in language["intents"]
        if all(slot["type"] != "AMAZON.SearchQuery" for slot in intent.get("slots", []))
    ]
    assert len(shown["examplePhrases"]) == 3
    assert lint(model, shown["examplePhrases"]) == []


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        ("Alexa, ask Spasm Guide what makes the sky blue", "no sample says"),  # free speech has it
        ("Alexa, open Spasm Helper", "invocation name"),
        ("what causes muscle spasms", "invocation name"),
    ],
)
def test_an_example_that_is_no_sample(
    tmp_path: Path, words: Path, locale: Locale, example: str, fault: str
) -> None:
    change(words, "alexa.yaml", '^  - "Alexa, open Spasm Guide"', f'  - "{example}"')
    with pytest.raises(PackageError, match=fault) as refused:
        built(tmp_path, locale, words=words)
    assert len(refused.value.faults) == 1


# Without the symptom check.


def test_without_the_symptom_check(tmp_path: Path, locale: Locale) -> None:
    made = built(tmp_path, locale, symptom_check=False)
    whole = json.loads((MODELS / "en-US.json").read_text(encoding="utf-8"))
    assert intents(whole).keys() - intents(made["model"]).keys() == {"SymptomCheckIntent"}
    assert all(intents(whole)[name] == kept for name, kept in intents(made["model"]).items())
    assert lint(made["model"], made["shown"]["examplePhrases"]) == []
    assert not re.search(r"symptom", json.dumps(made["manifest"]), re.I)


def test_it_is_spoken_of_where_it_is(manifest: dict[str, Any], shown: dict[str, Any]) -> None:
    assert "check my symptoms" in shown["description"]
    assert "Check my symptoms" in manifest["publishingInformation"]["testingInstructions"]


def test_a_slot_type_that_only_it_used_goes_too(tmp_path: Path, locale: Locale) -> None:
    model = json.loads((MODELS / "en-US.json").read_text(encoding="utf-8"))
    intents(model)["SymptomCheckIntent"]["slots"].append({"name": "pain", "type": "Pain"})
    intents(model)["SymptomCheckIntent"]["samples"].append("check my {pain}")
    language = model["interactionModel"]["languageModel"]
    kept = {kind["name"] for kind in language["types"]}
    pain = {"name": "Pain", "values": [{"name": {"value": "throbbing"}}]}
    language["types"].append(pain)
    (tmp_path / "en-US.json").write_text(json.dumps(model), encoding="utf-8")
    made = built(tmp_path / "dist", locale, models_folder=tmp_path, symptom_check=False)
    kinds = {kind["name"] for kind in made["model"]["interactionModel"]["languageModel"]["types"]}
    assert kinds == kept


def test_an_example_of_it_makes_room(tmp_path: Path, words: Path, locale: Locale) -> None:
    first = '  - "Alexa, open Spasm Guide"'
    asks = "Alexa, ask Spasm Guide to check my symptoms"
    change(words, "alexa.yaml", f"^{first}", f'  - "{asks}"\n{first}')
    assert asks in built(tmp_path, locale, words=words)["shown"]["examplePhrases"]
    made = built(tmp_path, locale, words=words, symptom_check=False)
    assert asks not in made["shown"]["examplePhrases"]
    change(words, "alexa.yaml", f"^{first}\n", "")
    with pytest.raises(PackageError, match="2 example phrases"):
        built(tmp_path, locale, words=words, symptom_check=False)


# The endpoint.


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        (None, "make package ENDPOINT=https://"),
        ("", "make package ENDPOINT=https://"),
        ("  ", "make package ENDPOINT=https://"),
        ("http://spasm-guide.net/alexa", "must begin with https"),
        ("spasm-guide.net/alexa", "must begin with https"),
        ("https://spasm-guide.net", "must end in /alexa"),
        ("https://spasm-guide.net/", "must end in /alexa"),
        ("https://spasm-guide.net/alexa/", "must end in /alexa"),
        ("https://spasm-guide.net/Alexa", "must end in /alexa"),
        ("https://spasm-guide.net/x/../alexa", "must end in /alexa"),
        ("https://spasm-guide.net/alexa?key=1", "nothing after it"),
        ("https://spasm-guide.net/alexa?", "nothing after it"),
        ("https://spasm-guide.net/alexa#", "nothing after it"),
        ("https://spasm-guide.net:8443/alexa", "port 8443"),
        ("https://spasm-guide.net:99999/alexa", "is no address"),
        ("https://spasm-guide.net:x/alexa", "is no address"),
        ("https://[::1/alexa", "is no address"),
        ("https://user:secret@spasm-guide.net/alexa", "user name"),
        ("https://spasm guide.net/alexa", "without spaces"),
        ("https://spasm-guide.net/alexa\n", "without spaces"),
        ("https://späsm.net/alexa", "plain letters"),
        ("https:///alexa", "public internet"),
        ("https://localhost/alexa", "public internet"),
        ("https://127.0.0.1/alexa", "public internet"),
        ("https://[2001:db8::1]/alexa", "public internet"),
        ("https://-bad-.net/alexa", "public internet"),
        ("https://<your-host>/alexa", "public internet"),
        ("https://echo.local/alexa", "your own network"),
        ("https://skill.localhost/alexa", "your own network"),
        ("https://skill.home.arpa/alexa", "your own network"),
        ("https://skill.test/alexa", "your own network"),
        ("https://example.com/alexa", "placeholder"),
        ("https://skill.example.org/alexa", "placeholder"),
        ("https://skill.example/alexa", "placeholder"),
        ("https://your-domain.com/alexa", "placeholder"),
    ],
)
def test_a_bad_endpoint_is_refused(
    tmp_path: Path, locale: Locale, address: str | None, fault: str
) -> None:
    with pytest.raises(PackageError, match=re.escape(fault)):
        checked_endpoint(address)
    if address is not None:
        with pytest.raises(PackageError, match=re.escape(fault)):
            built(tmp_path, locale, endpoint=address)
        assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    "address",
    [
        "https://spasm-guide.net/alexa",
        "https://spasm-guide.net:443/alexa",
        "HTTPS://Spasm-Guide.NET/alexa",
    ],
)
def test_a_good_endpoint_is_written_one_way(address: str) -> None:
    assert checked_endpoint(address) == ENDPOINT


def test_without_an_endpoint(tmp_path: Path, locale: Locale) -> None:
    made = built(tmp_path, locale, endpoint=None)
    assert set(made["manifest"]["apis"]["custom"]) == {"interfaces"}


def test_a_wildcard_certificate(tmp_path: Path, locale: Locale) -> None:
    made = built(tmp_path, locale, certificate="Wildcard")
    assert made["manifest"]["apis"]["custom"]["endpoint"]["sslCertificateType"] == "Wildcard"
    with pytest.raises(PackageError, match="SelfSigned"):
        built(tmp_path, locale, certificate="SelfSigned")


# What would be refused, or unsafe.


class Seeded(NamedTuple):
    """One thing broken in store.yaml, and what must be said of it."""

    pattern: str
    replacement: str
    fault: str


SEEDED = {
    "summary": Seeded(r'^summary: ".*?"$', f'summary: "{"x" * 161}"', "has 161 characters"),
    "description": Seeded(
        r'^  what: ".*?"$', f'  what: "{"x" * 4000}"', "description: has .* at most 4000. Cut"
    ),
    "what's new": Seeded(
        r'^whats_new: ".*?"$', f'whats_new: "{"x" * 1001}"', "updatesDescription: has 1001"
    ),
    "testing": Seeded(r'^  needs: ".*?"$', f'  needs: "{"x" * 4000}"', "testingInstructions: has"),
    "no number": Seeded(
        r'^description:.*?^keywords', 'description:\n  disclaimer: "x"\n  emergency: "9110"\n'
        '  unreviewed: "x"\n  reviewed: "x"\n  privacy: "x"\nkeywords', "does not name 911",
    ),
    "keywords": Seeded(
        r'^  - "muscle spasm"$', "\n".join(f'  - "word {n}"' for n in range(30)), "keywords: 30 are"
    ),
    "keyword": Seeded(r'^  - "cramps"$', f'  - "{"x" * 51}"', "keyword: has 51 characters"),
    "keyword twice": Seeded(r'^  - "cramps"$', '  - "twitching"', "'twitching' is there 2 times"),
    "Amazon's name": Seeded(r'^  - "cramps"$', '  - "alexa cramps"', "Amazon's own name"),
    "page": Seeded(
        r'^terms_of_use_url: ""', 'terms_of_use_url: "http://spasm-guide.net/"', "termsOfUseUrl"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDED)
def test_a_fault_of_the_stores_words(
    tmp_path: Path, words: Path, locale: Locale, name: str
) -> None:
    change(words, "store.yaml", *SEEDED[name][:2])
    with pytest.raises(PackageError, match=SEEDED[name].fault) as refused:
        built(tmp_path / "dist", locale, words=words)
    assert len(refused.value.faults) == 1
    assert refused.value.faults[0].startswith("en-US: " if name != "testing" else "testing")
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    ("pattern", "replacement", "key"),
    [
        ("^summary:", "summery:", "summary"),
        ("^  disclaimer:", "  claimer:", "description.disclaimer"),
        ("^  unreviewed:", "  reviewed_not:", "description.unreviewed"),
        ('^  privacy: ".*?"$', '  privacy: " "', "description.privacy"),
        ("^testing:.*?\n\n", 'testing: "none"\n\n', "testing"),
        ("^keywords:.*?\n\n", 'keywords: "none"\n\n', "keywords"),
        ('^privacy_policy_url: ""', 'privacy_policy: ""', "privacy_policy_url"),
        ('^whats_new: "(.*?)"$', "whats_new: nothing", "whats_new"),
    ],
)
def test_a_broken_words_file_is_named(
    words: Path, pattern: str, replacement: str, key: str
) -> None:
    change(words, "store.yaml", pattern, replacement)
    with pytest.raises(WordsError) as fault:
        read_store(words / "en-US")
    assert (fault.value.path, fault.value.key) == (str(words / "en-US/store.yaml"), key)


def test_a_name_of_amazons(tmp_path: Path, locale: Locale) -> None:
    with pytest.raises(PackageError, match="Amazon's own name"):
        built(tmp_path, replace(locale, name="Alexa Spasm Guide"))


def test_a_number_that_does_not_work_there(tmp_path: Path, locale: Locale) -> None:
    said = {**locale.emergency.said, "closing": "Call 999 for any sudden sign of stroke."}
    elsewhere = replace(locale, emergency=replace(locale.emergency, said=said))
    with pytest.raises(PackageError, match=r"says 999, .* works in US"):
        built(tmp_path, elsewhere)


def test_a_locale_without_a_country(tmp_path: Path, words: Path, locale: Locale) -> None:
    shutil.copytree(words / "en-US", words / "en-ZZ")
    shutil.copy(MODELS / "en-US.json", tmp_path / "en-ZZ.json")
    with pytest.raises(PackageError, match=r"en-ZZ: manifest\.yaml names no country"):
        build(
            tmp_path / "dist", endpoint=None, locales={"en-ZZ": locale}, models_folder=tmp_path,
            words=words,
        )  # fmt: skip


@pytest.mark.parametrize("text", [None, "{", "[]", "\xff"])
def test_a_model_that_cannot_be_read(tmp_path: Path, locale: Locale, text: str | None) -> None:
    if text is not None:
        (tmp_path / "en-US.json").write_text(text, encoding="latin-1")
    with pytest.raises(PackageError, match="Run: make models"):
        built(tmp_path / "dist", locale, models_folder=tmp_path)


@pytest.mark.parametrize("symptom_check", [True, False])
def test_a_model_that_amazon_would_refuse(
    tmp_path: Path, locale: Locale, symptom_check: bool
) -> None:
    (tmp_path / "en-US.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PackageError, match="en-US: the model lacks"):
        built(tmp_path / "dist", locale, models_folder=tmp_path, symptom_check=symptom_check)


def test_the_faults_come_together(tmp_path: Path, words: Path, locale: Locale) -> None:
    change(words, "store.yaml", *SEEDED["summary"][:2])
    change(words, "store.yaml", *SEEDED["keyword"][:2])
    with pytest.raises(PackageError) as refused:
        built(tmp_path / "dist", replace(locale, name="Echo Spasm Guide"), words=words)
    assert len(refused.value.faults) == 3
    assert str(refused.value).splitlines() == list(refused.value.faults)


# The icons.


@pytest.mark.parametrize("size", [108, 512])
def test_an_icon_is_a_plain_png(size: int) -> None:
    data = icons.icon(size)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = dict(png_chunks(data))
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (size, size, 8, 2, 0, 0, 0)
    pixels = zlib.decompress(chunks[b"IDAT"])
    rows = [pixels[n : n + size * 3 + 1] for n in range(0, len(pixels), size * 3 + 1)]
    assert len(rows) == size
    assert {row[0] for row in rows} == {0}
    colours = [tuple(row[n : n + 3]) for row in rows for n in range(1, len(row), 3)]
    assert colours[0] == colours[-1] == icons.BACKGROUND
    plain = colours.count(icons.BACKGROUND) + colours.count(icons.BARS)
    assert plain > 0.95 * size * size  # the rest is the blended edge
    assert colours.count(icons.BARS) > 0.08 * size * size


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + length
    return found


def test_an_icon_stays_within_a_round_mask() -> None:
    """Some devices show icons cut to a circle."""
    size = 108
    pixels = zlib.decompress(dict(png_chunks(icons.icon(size)))[b"IDAT"])
    for y in range(size):
        for x in range(size):
            at = y * (size * 3 + 1) + 1 + x * 3
            if (x + 0.5 - size / 2) ** 2 + (y + 0.5 - size / 2) ** 2 > (0.45 * size) ** 2:
                assert tuple(pixels[at : at + 3]) == icons.BACKGROUND


def test_an_icon_has_high_contrast() -> None:
    dark, light = sorted(map(luminance, (icons.BACKGROUND, icons.BARS)))
    assert (light + 0.05) / (dark + 0.05) >= 7


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2's relative luminance."""
    linear = [
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# The command.


def run(locale: Locale, *arguments: str) -> Result:
    return CliRunner().invoke(package_command({"en-US": locale}, MODELS), arguments)


def test_the_command_says_what_it_wrote_and_what_is_next(tmp_path: Path, locale: Locale) -> None:
    done = run(locale, "--endpoint", ENDPOINT, "--output", str(tmp_path))
    assert done.exit_code == 0, done.output
    for name in tree(tmp_path):
        assert str(tmp_path / name) in done.output.splitlines()
    assert f"cd {tmp_path} && ask deploy -t skill-metadata" in done.output
    assert "SPASM_GUIDE_ALEXA_SKILL_IDS" in done.output
    assert "console" not in done.output


def test_the_command_refuses_an_unset_endpoint(tmp_path: Path, locale: Locale) -> None:
    for unset in ([], ["--endpoint", ""]):
        done = run(locale, *unset, "--output", str(tmp_path))
        assert done.exit_code == 1
        assert "Error: No endpoint is set." in done.output
        assert "make package ENDPOINT=https://" in done.output
        assert "--without-endpoint" in done.output
    assert tree(tmp_path) == {}


def test_the_command_without_an_endpoint(tmp_path: Path, locale: Locale) -> None:
    options = ("--without-endpoint", "--without-symptom-check", "--output", str(tmp_path))
    done = run(locale, *options)
    assert done.exit_code == 0, done.output
    assert "No endpoint is set: enter" in done.output
    text = (tmp_path / "skill-package/interactionModels/custom/en-US.json").read_text("utf-8")
    assert "SymptomCheckIntent" not in text


def test_the_command_takes_a_wildcard_certificate(tmp_path: Path, locale: Locale) -> None:
    options = ("--endpoint", ENDPOINT, "--certificate", "wildcard", "--output", str(tmp_path))
    assert run(locale, *options).exit_code == 0
    assert '"Wildcard"' in (tmp_path / "skill-package/skill.json").read_text(encoding="utf-8")


def test_both_endpoint_options_exclude_each_other(locale: Locale) -> None:
    done = run(locale, "--endpoint", ENDPOINT, "--without-endpoint")
    assert done.exit_code == 2
    assert "exclude each other" in done.output


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, locale: Locale) -> None:
    (tmp_path / "skill-package").write_text("a file", encoding="utf-8")
    done = run(locale, "--endpoint", ENDPOINT, "--output", str(tmp_path))
    assert done.exit_code == 1
    assert "cannot be written" in done.output
