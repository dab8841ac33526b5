"""Every store keeps the same promises; and the file survives what disks and processes do to it."""

import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skill.conversation import log_fault
from skill.preferences import Careful, Preferences, Store
from skill.stores import Nothing, open_store
from skill.stores.sqlite import SqliteStore, StoreError
from tests.store_child import EVERYONE, preferences, user
from tests.test_preferences import KEPT, LIKES, Frail

ROOT = Path(__file__).parent.parent

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: Frail(),
    "sqlite": lambda folder: SqliteStore(folder / "made" / "when needed.sqlite3", timeout=60),
}
"""Each keeps the contract below; a new store is a new line."""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "preferences.sqlite3"


# The contract.


def test_of_an_unknown_user_nothing_is_known(store: Store) -> None:
    assert store.load(user(1)) is None


def test_what_is_saved_is_loaded(store: Store) -> None:
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES
    store.save(user(1), Preferences())
    assert store.load(user(1)) == Preferences()


def test_users_are_apart(store: Store) -> None:
    store.save(user(1), LIKES)
    store.save(user(2), Preferences())
    store.forget(user(2))
    assert store.load(user(1)) == LIKES
    assert store.load(user(2)) is None


def test_forgetting_is_at_once_and_repeats(store: Store) -> None:
    store.forget(user(1))
    store.save(user(1), LIKES)
    store.forget(user(1))
    assert store.load(user(1)) is None
    store.forget(user(1))
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES


def test_it_is_well(store: Store) -> None:
    assert store.problem() == ""
    store.save(user(1), LIKES)
    assert store.problem() == ""


def test_threads_share_it(store: Store) -> None:
    def work(first: int) -> None:
        for number in range(first, first + 10):
            store.save(user(number), preferences(number))

    threads = [threading.Thread(target=work, args=(n * 10,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(store.load(user(n)) == preferences(n) for n in range(40))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("load", "save", "forget")), st.integers(0, 3), KEPT)))
def test_it_behaves_as_a_dict(store: Store, steps: list[tuple[str, int, Preferences]]) -> None:
    model: dict[str, Preferences] = {}
    for number in range(4):
        store.forget(user(number))
    for what, number, kept in steps:
        if what == "save":
            store.save(user(number), kept)
            model[user(number)] = kept
        elif what == "forget":
            store.forget(user(number))
            model.pop(user(number), None)
        assert store.load(user(number)) == model.get(user(number))


# The setting.


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (None, "instance/preferences.sqlite3"),
        ("sqlite:///likes.db", "instance/likes.db"),
        ("sqlite:////{root}/elsewhere/likes.db", "elsewhere/likes.db"),
    ],
)
def test_the_setting_names_the_file(url: str | None, file: str, tmp_path: Path) -> None:
    named = url and url.format(root=str(tmp_path).lstrip("/"))
    kept = open_store(named, tmp_path / "instance")
    assert not list(tmp_path.iterdir()), "nothing is made before it is needed"
    kept.save(user(1), LIKES)
    assert (tmp_path / file).is_file()


@pytest.mark.parametrize("url", ["", "none:"])
def test_nothing_may_be_kept(url: str, tmp_path: Path) -> None:
    kept = open_store(url, tmp_path)
    assert isinstance(kept, Nothing)
    kept.save(user(1), LIKES)
    assert kept.load(user(1)) is None
    kept.forget(user(1))
    assert kept.problem() == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "url", ["redis://me:hunter2@host", "sqlite://", "sqlite:///", "likes.db", "none", ":", "/"]
)
def test_an_unknown_store_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="SPASM_GUIDE_PREFERENCES_URL") as refused:
        open_store(url, tmp_path)
    assert "sqlite:///FILE" in str(refused.value)
    assert "hunter2" not in str(refused.value)


# The file.


def test_nothing_of_a_forgotten_user_is_left(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(50):
        store.save(user(number), preferences(number))
    for number in range(50):
        store.save(user(number), LIKES)
        store.forget(user(number))
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert user(7).encode() not in left
    assert b"verbosity" not in left


def test_only_its_owner_may_read_it(path: Path) -> None:
    SqliteStore(path).save(user(1), LIKES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_more_users_than_it_may_keep(path: Path) -> None:
    """Those who were saved longest ago go; who comes back stays."""
    store = SqliteStore(path, capacity=10)
    store.save(EVERYONE, LIKES)
    for number in range(30):
        store.save(user(number), preferences(number))
        store.save(EVERYONE, LIKES)
    kept = [n for n in range(30) if store.load(user(n))]
    assert kept == list(range(21, 30))
    assert store.load(EVERYONE) == LIKES


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"rate": -1}', "null"])
def test_a_spoilt_row_costs_itself(path: Path, kept: str) -> None:
    store = SqliteStore(path)
    store.save(user(1), LIKES)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE preferences SET kept = ?", (kept,))
    assert store.load(user(1)) in (None, Preferences())
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES


REFUSED = {
    "newer": ("PRAGMA user_version=2", "newer version"),
    "another program's": ("CREATE TABLE other (x)", "another program"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_not_ours_is_refused_and_kept(path: Path, name: str) -> None:
    statement, said = REFUSED[name]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    before, store = path.read_bytes(), SqliteStore(path)
    calls: list[Callable[[], object]] = [
        lambda: store.load(user(1)),
        lambda: store.save(user(1), LIKES),
        lambda: store.forget(user(1)),
    ]
    for call in calls:
        with pytest.raises(StoreError, match=said):
            call()
    assert said in store.problem()
    assert "SPASM_GUIDE_PREFERENCES_URL" in store.problem()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


# Corrupt.


def full(path: Path) -> bytes:
    """A good file of some pages."""
    store = SqliteStore(path)
    for number in range(60):
        store.save(user(number), preferences(number))
    return path.read_bytes()


SPOIL: dict[str, Callable[[bytes], bytes]] = {
    "noise": lambda good: random.Random(5).randbytes(len(good)),
    "zeros": lambda good: bytes(len(good)),
    "text": lambda good: b"These are not the preferences.\n" * 100,
    "cut in the middle": lambda good: good[: len(good) // 2],
    "cut in the header": lambda good: good[:50],
    "cut by a page": lambda good: good[:-4096],
    "the header alone": lambda good: good[:100] + bytes(len(good) - 100),
    "pages spoilt": lambda good: good[:4096] + b"\xff" * (len(good) - 4096),
    "pages zeroed": lambda good: good[:4096] + bytes(len(good) - 4096),
}


@pytest.mark.parametrize("spoil", SPOIL)
def test_a_corrupt_file_is_kept_and_begun_anew(
    path: Path, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = SPOIL[spoil](full(path))
    path.write_bytes(bad)
    store = SqliteStore(path)
    for number in range(60):
        store.load(user(number))  # raises nothing
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES
    assert store.problem() == ""
    assert integrity(path) == "ok"
    aside = path.with_name("preferences.sqlite3.corrupt-1")
    assert aside.read_bytes() == bad
    assert "corrupt-1" in caplog.text
    assert user(1) not in caplog.text


def test_an_empty_file_is_no_fault(path: Path) -> None:
    path.touch()
    SqliteStore(path).save(user(1), LIKES)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_journal_left_beside_a_corrupt_file_does_no_harm(path: Path) -> None:
    path.write_bytes(SPOIL["text"](b""))
    path.with_name(path.name + "-journal").write_bytes(b"what a crash left")
    store = SqliteStore(path)
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES
    assert integrity(path) == "ok"


def test_a_disk_that_goes_on_spoiling_is_given_up(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(9):
        path.write_bytes(b"x" * (1_000 + number))
        assert store.load(user(1)) is None
    path.write_bytes(b"x" * 2_000)
    with pytest.raises(sqlite3.DatabaseError):
        store.load(user(1))
    assert "SQLITE_NOTADB" in store.problem()
    sizes = [path.with_name(f"{path.name}.corrupt-{n}").stat().st_size for n in range(1, 10)]
    assert sizes == list(range(1_000, 1_009)), "none is lost to a later one"


# Other processes, and the disk.


def child(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store_child", *map(str, arguments)],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def output(process: subprocess.Popen[str]) -> list[str]:
    said, _ = process.communicate()
    assert process.returncode == 0
    return said.splitlines()


@contextmanager
def held(path: Path) -> Iterator[None]:
    with child("hold", path) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.stdin.close()
            holder.wait()


def integrity(path: Path) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def test_a_locked_file_costs_the_preference_only(path: Path) -> None:
    store = SqliteStore(path)
    store.save(user(1), LIKES)
    care = Careful(store, log_fault, patience=60)
    with held(path):
        assert care.load(user(1)) is None
        assert not care.change(user(1), rate=200)
        assert not care.forget(user(1))
        assert "SQLITE_BUSY" in care.problem()
        assert len(list(path.parent.iterdir())) <= 2, "it is not taken for corrupt"
    assert care.load(user(1)) == LIKES
    assert care.forget(user(1))
    assert care.load(user(1)) is None


def test_a_folder_in_its_place(path: Path) -> None:
    path.mkdir()
    store = SqliteStore(path)
    calls: list[Callable[[], object]] = [
        lambda: store.load(user(1)),
        lambda: store.save(user(1), LIKES),
        lambda: store.forget(user(1)),
    ]
    for call in calls:
        with pytest.raises(sqlite3.OperationalError):
            call()
    assert "SQLITE_CANTOPEN" in store.problem()
    assert str(path) not in store.problem(), "/healthz is for everyone"


def test_a_file_in_its_folders_place(tmp_path: Path) -> None:
    (tmp_path / "instance").touch()
    store = SqliteStore(tmp_path / "instance" / "preferences.sqlite3")
    with pytest.raises(OSError, match="instance"):
        store.load(user(1))
    assert "cannot be kept" in store.problem()
    assert str(tmp_path) not in store.problem()


def test_a_folder_that_one_may_only_read() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own lie where only their owner goes
        path = Path(folder) / "preferences.sqlite3"
        Path(folder).chmod(0o555)
        said = output(child("read_only", path))
        assert said[:3] == ["PermissionError"] * 3
        assert "PermissionError" in said[3]
        Path(folder).chmod(0o755)
        SqliteStore(path).save(user(1), preferences(1))
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        said = output(child("read_only", path))
        assert said[:3] == [str(preferences(1)), "OperationalError", "OperationalError"]
        assert "SQLITE_READONLY" in said[3]
        Path(folder).chmod(0o755)
        assert SqliteStore(path).load(user(1)) == preferences(1)


SIZES = range(20_000, 100_000, 10_000)
"""Where files of that many bytes may not grow, each time other pages are being written."""


@pytest.mark.parametrize("size", SIZES)
def test_a_full_disk_loses_nothing(path: Path, size: int) -> None:
    """As far as a limit on a file's size is one."""
    *written, fault = output(child("fill", path, size))
    assert fault in ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
    assert_kept(path, written)


@pytest.mark.parametrize("size", SIZES)
def test_killed_within_a_commit_nothing_acknowledged_is_lost(path: Path, size: int) -> None:
    """By the limit on its file's size: some pages of the commit are written, and one is not."""
    with child("fill", path, size, int(signal.SIG_DFL)) as writer:
        assert writer.stdout
        written = writer.stdout.read().splitlines()
    assert writer.returncode == -signal.SIGXFSZ
    assert path.with_name(path.name + "-journal").stat().st_size, "it was within a commit"
    assert_kept(path, written)


def assert_kept(path: Path, written: Sequence[int | str]) -> None:
    """The file is sound, and each number written is in it."""
    store = SqliteStore(path, timeout=60)
    assert written
    assert all(store.load(user(int(n))) == preferences(int(n)) for n in written)
    assert integrity(path) == "ok"
    store.save(user(1), LIKES)
    assert store.load(user(1)) == LIKES
    assert not list(path.parent.glob("*corrupt*"))


def test_two_processes_share_a_file(path: Path) -> None:
    first, second = child("write", path, 0, 500), child("write", path, 500, 500)
    written = [int(line) for line in (*output(first), *output(second))]
    assert written == list(range(1_000))
    assert SqliteStore(path).load(EVERYONE) in (preferences(490), preferences(990))
    assert_kept(path, written)


def test_two_processes_meet_a_corrupt_file(path: Path) -> None:
    """One moves it aside; nothing that either wrote goes with it."""
    path.write_bytes(b"These are not the preferences.\n" * 100)
    both = [child("write", path, 0, 50), child("write", path, 50, 50)]
    assert [len(output(one)) for one in both] == [50, 50]
    store = SqliteStore(path)
    assert all(store.load(user(n)) == preferences(n) for n in range(100))
    assert len(list(path.parent.glob("*corrupt*"))) == 1


def test_killed_at_any_point_nothing_acknowledged_is_lost(path: Path) -> None:
    """Writers are killed where chance has it, until they have acknowledged a thousand writes."""
    store, acknowledged, killed = SqliteStore(path), list[int](), 0
    while len(acknowledged) < 1_000 or killed < 5:
        with child("write", path, killed * 100_000, 100_000) as writer:
            assert writer.stdout
            for _ in range(random.randint(1, 400)):
                acknowledged.append(int(writer.stdout.readline()))
            writer.kill()
            acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
        assert writer.returncode == -signal.SIGKILL
        assert integrity(path) == "ok"
        last = store.load(EVERYONE)  # as acknowledged, or as was being written
        tens = acknowledged[-1] // 10 * 10
        assert last in (preferences(tens), preferences(tens + 10))
        killed += 1
    assert_kept(path, acknowledged)
