"""`make setup` on a machine that lacks something: it is named, and nothing is left half-made."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REAL = sys.executable

MACHINES = {
    "no Python": (None, "apt install python3"),
    "an old Python": ('case "$2" in *version_info*) exit 1;; esac', "3.11 or newer is needed"),
    "no venv": ('case "$2" in *ensurepip*) exit 1;; esac', "apt install python3-venv"),
    "venv fails half-way": (
        'case "$1$2" in -mvenv) mkdir -p "$4/bin"; touch "$4/pyvenv.cfg"; exit 1;; esac',
        "Making the virtual environment",
    ),
}


def test_what_is_asked_is_not_read_by_make_or_a_shell(tmp_path: Path) -> None:
    touch = tmp_path / "touched"
    said = f"what is a $(shell touch {touch}) $5 `touch {touch}` 'charley' \"horse\""
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "-B", "ask", f"Q={said}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not touch.exists()
    assert str(touch) not in done.stdout


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_missing_is_named(tmp_path: Path, machine: str) -> None:
    script, said = MACHINES[machine]
    python = tmp_path / "python3"
    if script:
        python.write_text(f'#!/bin/sh\n{script}\nexec "{REAL}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
    venv = tmp_path / "venv"
    done = subprocess.run(
        ["make", "setup", f"PYTHON={python}", f"VENV={venv}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert not venv.exists(), "no half-made environment is left"
