"""Nothing a user says is kept: the server's own output, access log included, holds none of it."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECRET = "marmaladezeppelin"
COMMANDS = {
    "make run": [sys.executable, "app.py", "--port", "0"],
    "flask run": [sys.executable, "-m", "flask", "run", "--port", "0"],
}


@contextmanager
def serving(command: list[str], output: Path) -> Iterator[str]:
    """A real server on a free port; yields its address."""
    with output.open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        for _ in range(600):
            found = re.search(r"http://127\.0\.0\.1:\d+", output.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.05)
        assert found, output.read_text()
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=20)


def send(url: str, data: bytes | None, kind: str) -> int:
    request = urllib.request.Request(url, data, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize("name", COMMANDS)
def test_the_servers_output_holds_no_words(name: str, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with serving(COMMANDS[name], output) as url:
        ask = json.dumps({"text": f"my face is drooping {SECRET}"}).encode()
        form = f"text={SECRET}".encode()
        assert send(f"{url}/api/ask", ask, "application/json") == 200
        assert send(f"{url}/api/ask", ask[:-2], "application/json") == 400
        assert send(f"{url}/api/ask", ask * 2000, "application/json") == 413
        assert send(f"{url}/", form, "application/x-www-form-urlencoded") == 200
        assert send(f"{url}/?text={SECRET}", None, "text/plain") == 200
        assert send(f"{url}/api/ask?text={SECRET}", ask, "application/json") == 200
    assert SECRET not in output.read_text()
    assert not [p for p in (ROOT / "instance").glob("**/*") if SECRET in p.name]


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with serving(COMMANDS["make run"], tmp_path / "output") as url:
        port = url.rpartition(":")[2]
        command = [sys.executable, "app.py", "--port", port]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in second.stderr
    assert "PORT=5001" in second.stderr
    assert "Traceback" not in second.stderr
