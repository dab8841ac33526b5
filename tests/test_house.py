"""The house keeps its floors: imports only go down, and each file says its duty first."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("speech", "skill", "skill.stores", "skill.channels", "app")
"""Lowest first. A module may import its own floor (stores and channels: themselves) and below."""
KEPT_OUT = {
    "speech": {"flask", "ask_sdk_core"},
    "skill": {"flask", "ask_sdk_core", "pyttsx3", "pathlib", "time", "datetime", "os", "yaml"},
}
"""What a floor must not know of: doors, and below them audio, disk, and clock."""
HEIGHT = {"speech": 0, "skill": 1, "skill.stores": 2, "skill.channels": 2, "app": 3}

MODULES = sorted(
    [*ROOT.glob("skill/**/*.py"), *ROOT.glob("speech/**/*.py"), ROOT / "app.py"],
)


def floor(module: str) -> str | None:
    homes = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    return max(homes, key=len, default=None)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rises(module: str, imported: str) -> bool:
    here, there = floor(module), floor(imported)
    if here is None or there is None or here == there:
        return False
    return HEIGHT[there] >= HEIGHT[here]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_go_down(path: Path) -> None:
    module = name_of(path)
    assert not {i for i in imports(path) if rises(module, i)}
    known = {i.partition(".")[0] for i in imports(path)}
    assert not known & KEPT_OUT.get(floor(module) or "", set())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_first_line_says_the_duty(path: Path) -> None:
    duty = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert duty, "no docstring"
    assert len(duty.splitlines()[0]) > 20


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("skill/**/static/*.[jc]s*")), ids=lambda p: p.name
)
def test_scripts_and_styles_say_their_duty_first(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(("// ", "/* "))
    assert len(first) > 20


@pytest.mark.parametrize(
    ("module", "imported", "fault"),
    [
        ("speech.text", "skill.messages", True),
        ("skill.safety", "skill.channels.web", True),
        ("skill.conversation", "app", True),
        ("skill.stores.sqlite", "skill.channels.web", True),
        ("skill.channels.web", "skill.stores.sqlite", True),
        ("skill.safety", "speech.text", False),
        ("skill.channels.web", "skill.channels.wire", False),
        ("app", "skill.channels", False),
        ("speech.text", "re", False),
    ],
)
def test_the_floor_test_itself(module: str, imported: str, fault: bool) -> None:
    assert rises(module, imported) is fault
