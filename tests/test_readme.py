"""The README is true: its commands run, its tree stands, its transcript is what is printed."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient, FlaskCliRunner

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+?)(?:\s+#.*)?$", README, re.M)
TARGETS = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def block(after: str) -> str:
    """The first fenced block after a line of the README."""
    found = re.search(re.escape(after) + r".*?```\w*\n(.*?)```", README, re.S)
    assert found, after
    return found[1]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make")])
def test_make_commands_exist(command: str) -> None:
    target = shlex.split(command)[1]
    assert target in TARGETS
    # -n -B: say what would be done, whatever is done already, and do none of it.
    done = subprocess.run(
        ["make", "-n", "-B", *shlex.split(command)[1:]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_make_target_it_names_exists() -> None:
    assert set(re.findall(r"(?:`|^ *)make ([a-z]+)", README, re.M)) <= set(TARGETS)


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == TARGETS
    assert {"setup", "run", "ask", "test", "check", "bench", "models", "help"} <= set(TARGETS)


def test_the_curl_command(client: FlaskClient) -> None:
    """Sent through the test client as curl would send it."""
    words = shlex.split(next(c for c in COMMANDS if c.startswith("curl")))
    url = next(w for w in words if w.startswith("localhost"))
    kind = words[words.index("-H") + 1].partition(": ")[2]
    answer = client.post(
        url.partition("5000")[2], data=words[words.index("-d") + 1], content_type=kind
    )
    assert answer.status_code == 200
    assert answer.get_json()["intent"] == "causes"


def test_the_flask_command(runner: FlaskCliRunner, tmp_path: Path) -> None:
    command = next(c for c in COMMANDS if ".venv/bin/flask" in c)
    args = shlex.split(command.replace("answer.wav", str(tmp_path / "answer.wav")))[1:]
    assert runner.invoke(args=[*args, "--quiet"]).exit_code == 0
    assert (tmp_path / "answer.wav").stat().st_size > 10_000


def test_the_transcript(runner: FlaskCliRunner) -> None:
    """ "> " is what is asked; what follows is printed, line by line."""
    turns = block("## A conversation").strip().split("\n\n")
    asked = [turn.splitlines()[0].removeprefix("> ") for turn in turns]
    printed = runner.invoke(args=["ask", "--quiet"], input="\n".join(asked)).stdout
    told = "\n".join(line for turn in turns for line in turn.splitlines()[1:])
    assert told.split() == printed.split()


def test_the_tree() -> None:
    """Every path of the tree exists, and every module and words file is in it."""
    shown, folders = set(), [""]
    for line in block("## How it is built").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name = line.split()[0]
        path = folders[depth] + name
        assert (ROOT / path).exists(), path
        shown.add(path)
        folders[depth + 1 :] = [path]
    tracked = [*ROOT.glob("skill/**/*.py"), *ROOT.glob("speech/*.py"), *ROOT.glob("*.py")]
    needed = {str(p.relative_to(ROOT)) for p in tracked if p.name != "__init__.py"}
    assert needed <= shown


def test_the_files_it_names_exist() -> None:
    for path in re.findall(r"`((?:skill|speech|tests|interaction_models)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path


def test_no_machine_is_named() -> None:
    """No path of a machine and no package registry in what is tracked."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".txt", ".toml", ".yaml", ".json", ""}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|work)/[a-z]|index[-]url|files[.]python", text), name
