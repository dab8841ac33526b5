"""Only what Alexa signed just now for our skill gets through, and nothing ever breaks."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from skill.channels.alexa import request_verifier
from skill.channels.alexa.request_verifier import (
    HOST,
    MAX_BODY,
    MAX_CHAIN,
    MAX_DOWNLOADS,
    MAX_KEYS,
    MAX_REFUSALS,
    REFUSED_FOR,
    TRUSTED_FOR,
    RequestRefused,
    RequestVerifier,
    amazon_roots,
    certificate_url,
    check_development,
    fetch_chain,
)
from tests.alexa_certificates import (
    NOW,
    SIGNER,
    SKILL_ID,
    URL,
    Authority,
    as_bytes,
    envelope,
    later,
    pem,
    rsa_key,
    signature,
    signed,
)

AMAZON = Authority()
STRANGER = Authority()
LAPSED = Authority(intermediate_ends=later(seconds=-1))
CHAIN = AMAZON.chain()
BODY = as_bytes(envelope())
HEADERS = signed(BODY)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Fetch:
    """Hands out one chain, or raises, and counts."""

    def __init__(self, chain: bytes | Exception = CHAIN) -> None:
        self.chain = chain
        self.urls: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.urls.append(url)
        if isinstance(self.chain, Exception):
            raise self.chain
        return self.chain


def verifier(
    fetch: Callable[[str], bytes] | None = None, now: Callable[[], datetime] = lambda: NOW
) -> RequestVerifier:
    return RequestVerifier([SKILL_ID], roots=[AMAZON.root], fetch=fetch or Fetch(), now=now)


def refusal(verify: Callable[[], object]) -> str:
    with pytest.raises(RequestRefused) as refused:
        verify()
    assert str(refused.value) == refused.value.reason
    return refused.value.reason


def send(body: bytes, by: RequestVerifier | None = None) -> dict[str, Any]:
    """Verify a body that Alexa signed."""
    return (by or verifier()).verify(signed(body), body)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in HEADERS.items() if key != name}


# Signatures


@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_a_signed_request_is_let_in(change: Callable[[str], str]) -> None:
    headers = {change(name): value for name, value in HEADERS.items()}
    assert verifier().verify(headers, BODY) == envelope()
    assert verifier().verify(Headers(headers), BODY) == envelope()


@pytest.mark.parametrize(
    ("reason", "headers", "body"),
    [
        ("signature_wrong", HEADERS, BODY + b" "),
        ("signature_wrong", HEADERS, BODY.replace(b"true", b"fals")),
        ("signature_wrong", HEADERS, b""),
        ("signature_wrong", HEADERS | {"Signature-256": signature(b"another")}, BODY),
        ("signature_wrong", HEADERS | {"Signature-256": signature(BODY, key="other")}, BODY),
        ("signature_wrong", HEADERS | {"Signature-256": signature(BODY, SHA1())}, BODY),
        ("signature_wrong", HEADERS | {"Signature-256": HEADERS["Signature"]}, BODY),
        ("signature_wrong", HEADERS | {"Signature-256": ""}, BODY),
        ("signature_wrong", HEADERS | {"Signature-256": "AAAA"}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": HEADERS["Signature-256"] * 2}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": "not base64!"}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": HEADERS["Signature-256"][:-3]}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": "sígn"}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": HEADERS["Signature-256"] + "\n"}, BODY),
        ("signature_malformed", HEADERS | {"Signature-256": "AAAA,AAAA"}, BODY),
        ("headers_missing", without("Signature-256"), BODY),
        ("headers_missing", without("SignatureCertChainUrl"), BODY),
        ("headers_missing", {}, BODY),
        ("headers_repeated", HEADERS | {"signature-256": HEADERS["Signature-256"]}, BODY),
        ("headers_repeated", HEADERS | {"signaturecertchainurl": URL}, BODY),
        ("certificate_url", HEADERS | {"SignatureCertChainUrl": f"{URL},{URL}"}, BODY),
        ("body_too_long", HEADERS, bytes(MAX_BODY + 1)),
    ],
)
def test_a_wrong_signature(reason: str, headers: dict[str, str], body: bytes) -> None:
    assert refusal(lambda: verifier().verify(headers, body)) == reason


def test_headers_that_stand_twice() -> None:
    headers = Headers(HEADERS)
    headers.add("Signature-256", HEADERS["Signature-256"])
    assert refusal(lambda: verifier().verify(headers, BODY)) == "headers_repeated"


def test_nothing_is_downloaded_for_a_malformed_request() -> None:
    fetch = Fetch()
    by = verifier(fetch)
    refusal(lambda: by.verify(HEADERS | {"Signature-256": "not base64!"}, BODY))
    refusal(lambda: by.verify(without("Signature-256"), BODY))
    refusal(lambda: by.verify(HEADERS, bytes(MAX_BODY + 1)))
    assert fetch.urls == []


# Chains


@pytest.mark.parametrize(
    "chain",
    [
        CHAIN,
        CHAIN + pem(AMAZON.root),
        pem(AMAZON.leaf(), STRANGER.intermediate, AMAZON.intermediate),
        b"# Amazon\r\n" + CHAIN,
        AMAZON.chain(names=["other.amazon.com", SIGNER]),
        AMAZON.chain(begins=NOW, ends=NOW),
    ],
    ids=["plain", "with root", "one too many", "comment", "two names", "this second"],
)
def test_a_good_chain(chain: bytes) -> None:
    assert verifier(Fetch(chain)).verify(HEADERS, BODY)


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(AMAZON.chain(ends=later(seconds=-1)), id="expired"),
        pytest.param(AMAZON.chain(begins=later(seconds=1)), id="not yet valid"),
        pytest.param(LAPSED.chain(), id="expired intermediate"),
        pytest.param(AMAZON.chain(names=["echo-api.amazon.com.evil.com"]), id="another name"),
        pytest.param(AMAZON.chain(names=["*.amazon.com"]), id="wildcard"),
        pytest.param(AMAZON.chain(names=[]), id="common name alone"),
        pytest.param(STRANGER.chain(), id="unknown authority"),
        pytest.param(STRANGER.chain() + pem(STRANGER.root), id="unknown root brought along"),
        pytest.param(pem(STRANGER.leaf(), AMAZON.intermediate), id="another intermediate"),
        pytest.param(pem(AMAZON.leaf()), id="missing intermediate"),
        pytest.param(pem(AMAZON.intermediate, AMAZON.leaf()), id="wrong order"),
        pytest.param(pem(AMAZON.root), id="the root alone"),
        pytest.param(
            AMAZON.chain(key=ec.generate_private_key(ec.SECP256R1())), id="no RSA key"
        ),
        pytest.param(AMAZON.chain(key=rsa_key("weak", 1024)), id="weak key"),
        pytest.param(CHAIN[:-100], id="cut off"),
        pytest.param(CHAIN.replace(b"M", b"\xff"), id="garbage in PEM"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", id="no DER"),
        pytest.param(AMAZON.leaf().public_bytes(Encoding.DER), id="DER"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"", id="nothing"),
    ],
)  # fmt: skip
def test_a_bad_chain(chain: bytes) -> None:
    by = verifier(Fetch(chain))
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_refused"
    assert not by._keys


def test_the_roots_are_amazons() -> None:
    names = {
        name.value
        for root in amazon_roots()
        for name in root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    }
    assert names == {f"Amazon Root CA {number}" for number in (1, 2, 3, 4)}
    by = RequestVerifier([SKILL_ID], fetch=Fetch(), now=Clock())
    by.warm_up()
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_refused"


# Where the certificate is said to be


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "HTTPS://S3.AmazonAWS.com/echo.api/echo-api-cert-12.pem",
        "https://s3.amazonaws.com:443/echo.api/echo-api-cert-12.pem",
        f"{URL}?a=b",
        f"{URL}#a",
        f"{URL}?@evil.com/%2e%2e\\",
    ],
)
def test_a_good_url_and_what_is_downloaded(url: str) -> None:
    fetch = Fetch()
    assert verifier(fetch).verify(HEADERS | {"SignatureCertChainUrl": url}, BODY)
    assert fetch.urls == [URL]


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "not a url",
        "/echo.api/cert.pem",
        "//s3.amazonaws.com/echo.api/cert.pem",
        "http://s3.amazonaws.com/echo.api/cert.pem",
        "ftp://s3.amazonaws.com/echo.api/cert.pem",
        "file:///echo.api/cert.pem",
        "https:s3.amazonaws.com/echo.api/cert.pem",
        "https:/s3.amazonaws.com/echo.api/cert.pem",
        "https:///s3.amazonaws.com/echo.api/cert.pem",
        "https:\\\\s3.amazonaws.com\\echo.api\\cert.pem",
        "https://notamazon.com/echo.api/cert.pem",
        "https://s3.amazonaws.com.evil.com/echo.api/cert.pem",
        "https://evil.s3.amazonaws.com/echo.api/cert.pem",
        "https://s3-amazonaws.com/echo.api/cert.pem",
        "https://s3xamazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com./echo.api/cert.pem",
        "https://\u017f3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.c\u043em/echo.api/cert.pem",
        "https://127.0.0.1/echo.api/cert.pem",
        "https://[::1]/echo.api/cert.pem",
        "https://user@s3.amazonaws.com/echo.api/cert.pem",
        "https://user:password@s3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com@evil.com/echo.api/cert.pem",
        "https://s3.amazonaws.com:443@evil.com/echo.api/cert.pem",
        "https://s3.amazonaws.com%2f@evil.com/echo.api/cert.pem",
        "https://s3.amazonaws.com\\@evil.com/echo.api/cert.pem",
        "https://s3.amazonaws.com#@evil.com/echo.api/cert.pem",
        "https://s3.amazonaws.com?/echo.api/cert.pem",
        "https://s3.amazonaws.com:563/echo.api/cert.pem",
        "https://s3.amazonaws.com:80/echo.api/cert.pem",
        "https://s3.amazonaws.com:/echo.api/cert.pem",
        "https://s3.amazonaws.com:0443/echo.api/cert.pem",
        "https://s3.amazonaws.com:4430/echo.api/cert.pem",
        "https://s3.amazonaws.com:99999/echo.api/cert.pem",
        "https://s3.amazonaws.com:-443/echo.api/cert.pem",
        "https://s3.amazonaws.com:port/echo.api/cert.pem",
        "https://s3.amazonaws.com:\u0664\u0664\u0663/echo.api/cert.pem",
        "https://s3.amazonaws.com",
        "https://s3.amazonaws.com/",
        "https://s3.amazonaws.com/cert.pem",
        "https://s3.amazonaws.com/EcHo.aPi/cert.pem",
        "https://s3.amazonaws.com/echo.API/cert.pem",
        "https://s3.amazonaws.com/echoxapi/cert.pem",
        "https://s3.amazonaws.com/echo.api",
        "https://s3.amazonaws.com/echo.api/",
        "https://s3.amazonaws.com/echo.api.evil/cert.pem",
        "https://s3.amazonaws.com/invalid.path/echo.api/cert.pem",
        "https://s3.amazonaws.com//echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api//cert.pem",
        "https://s3.amazonaws.com/echo.api/./cert.pem",
        "https://s3.amazonaws.com/echo.api/../echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/../evil/cert.pem",
        "https://s3.amazonaws.com/evil/../echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/cert.pem/..",
        "https://s3.amazonaws.com/echo.api/%2e%2e/evil/cert.pem",
        "https://s3.amazonaws.com/echo.api/..%2fevil/cert.pem",
        "https://s3.amazonaws.com/echo.api%2fcert.pem",
        "https://s3.amazonaws.com/%65cho.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/cert%00.pem",
        "https://s3.amazonaws.com/echo.api\\cert.pem",
        "https://s3.amazonaws.com/echo.api/..\\evil/cert.pem",
        "https://s3.amazonaws.com/echo.api/cert.pem;a=b",
        "https://s3.amazonaws.com/echo.api/cert .pem",
        "https://s3.amazonaws.com/echo.api/cert\t.pem",
        "https://s3.amazonaws.com/echo.api/cert\x00.pem",
        "https://s3.amazonaws.com/echo.api/cert.pem\x7f",
        "https://s3.amazonaws.com/echo.api/c\u00e9rt.pem",
        "https://s3.amazonaws.com/echo.api/cert.pem HTTP/1.1\r\nHost: evil.com",
        "https://s3.amazonaws.com/echo.api/cert.pem?a\r\nHost: evil.com",
        "https://s3.amazonaws.com/echo.api/cert.pem?a b",
        f"{URL}\n",
        f" {URL}",
        f"{URL} ",
        f"<{URL}>",
        f"{URL}, {URL}",
        pytest.param(f"https://s3.amazonaws.com/echo.api/{'a' * 500}.pem", id="long"),
        pytest.param(f"https://s3.amazonaws.com/echo.api/{'a.' * 50_000}", id="very long"),
    ],
)  # fmt: skip
def test_a_bad_url(url: str) -> None:
    fetch = Fetch()
    by = verifier(fetch)
    headers = HEADERS | {"SignatureCertChainUrl": url}
    assert refusal(lambda: by.verify(headers, BODY)) == "certificate_url"
    assert fetch.urls == []


# The host that has the certificate: a real one, on this machine

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: https://s3.amazonaws.com/echo.api/good.pem\r\n\r\n"


def drip(data: bytes) -> Iterator[bytes]:
    """A byte now and then: each soon enough, all of them never."""
    for position in range(len(data)):
        time.sleep(0.02)
        yield data[position : position + 1]


ANSWERS: dict[str, Callable[[], Iterable[bytes]]] = {
    "good": lambda: [OK, CHAIN],
    "old": lambda: [OK.replace(b"1.1", b"1.0"), CHAIN],
    "redirect": lambda: [ELSEWHERE, CHAIN],
    "missing": lambda: [b"HTTP/1.1 404 Not Found\r\n\r\n", CHAIN],
    "partial": lambda: [b"HTTP/1.1 206 Partial Content\r\n\r\n", CHAIN],
    "not_http": lambda: [CHAIN],
    "nothing": lambda: [],
    "oversized": lambda: [OK, CHAIN, b"\n" * MAX_CHAIN],
    "endless_headers": lambda: [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * MAX_CHAIN],
    "slow_chain": lambda: chain([OK], drip(CHAIN)),
    "slow_headers": lambda: drip(OK + CHAIN),
}


class CertificateHost:
    """An HTTPS server that answers from ANSWERS, and notes what it was asked."""

    def __init__(self, folder: Path, authority: Authority, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "host.pem").write_bytes(secret + authority.chain(key=key, names=[name]))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(folder / "host.pem")
        self.asked: list[str] = []
        self.address = ("127.0.0.1", 0)

    @contextmanager
    def serving(self) -> Iterator[CertificateHost]:
        host = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError), host._tls.wrap_socket(self.request, True) as connection:
                    host._answer(connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        with Server(("127.0.0.1", 0), Handler) as server:
            self.address = ("127.0.0.1", server.server_address[1])
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield self
            server.shutdown()

    def _answer(self, connection: ssl.SSLSocket) -> None:
        request = connection.recv(4096).decode()
        self.asked.append(request)
        for data in ANSWERS[request.split("/")[2].removesuffix(".pem HTTP")]():
            connection.sendall(data)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_verifier, "TIMEOUT", 0.25)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[CertificateHost]:
    with CertificateHost(tmp_path, AMAZON, HOST).serving() as serving:
        yield serving


def fetching(host: CertificateHost, trusted: Authority = AMAZON) -> Callable[[str], bytes]:
    tls = ssl.create_default_context(cadata=pem(trusted.root).decode())
    return partial(fetch_chain, address=host.address, tls=tls)


def at(name: str) -> str:
    return f"https://{HOST}/echo.api/{name}.pem"


@pytest.mark.parametrize("name", ["good", "old"])
def test_a_good_host(host: CertificateHost, name: str) -> None:
    assert verifier(fetching(host)).verify(signed(BODY, f"{at(name)}?a=b"), BODY) == envelope()
    assert host.asked == [f"GET /echo.api/{name}.pem HTTP/1.0\r\nHost: {HOST}\r\n\r\n"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", sorted(ANSWERS.keys() - {"good", "old"}))
def test_a_bad_host(host: CertificateHost, name: str) -> None:
    fetch = fetching(host)
    with pytest.raises(OSError, match=r"answer|timed out"):
        fetch(at(name))
    by = verifier(fetch)
    assert refusal(lambda: by.verify(signed(BODY, at(name)), BODY)) == "certificate_unreachable"
    assert {request.split()[1] for request in host.asked} <= {f"/echo.api/{name}.pem"}


def test_a_host_that_is_another(host: CertificateHost, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        fetching(host, STRANGER)(at("good"))
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch_chain(at("good"), address=host.address)  # certifi knows nothing of the host
    with (
        CertificateHost(tmp_path, AMAZON, "evil.com").serving() as other,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        fetching(other)(at("good"))
    assert host.asked == other.asked == []


@pytest.mark.usefixtures("impatient")
def test_a_host_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = silent.getsockname()
        with pytest.raises(TimeoutError):
            fetch_chain(URL, address=address)  # accepts, and says nothing
    by = verifier(partial(fetch_chain, address=address))
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_unreachable"


# What is kept


def test_a_key_is_kept_for_its_time() -> None:
    clock, fetch = Clock(), Fetch()
    by = verifier(fetch, clock)
    for _ in range(3):
        by.verify(HEADERS, BODY)
    assert len(fetch.urls) == 1
    clock.time += TRUSTED_FOR - timedelta(seconds=1)
    send(as_bytes(envelope(at=clock.time)), by)
    assert len(fetch.urls) == 1
    clock.time += timedelta(seconds=1)
    send(as_bytes(envelope(at=clock.time)), by)
    assert len(fetch.urls) == 2


@pytest.mark.parametrize("ends", ["leaf", "intermediate"])
def test_no_key_outlives_its_chain(ends: str) -> None:
    soon = later(seconds=60)
    by_leaf = ends == "leaf"
    authority = AMAZON if by_leaf else Authority(intermediate_ends=soon)
    fetch, clock = Fetch(authority.chain(ends=soon) if by_leaf else authority.chain()), Clock()
    by = RequestVerifier([SKILL_ID], roots=[authority.root], fetch=fetch, now=clock)
    by.verify(HEADERS, BODY)
    clock.time = later(seconds=59)
    by.verify(HEADERS, BODY)
    assert len(fetch.urls) == 1
    clock.time = later(seconds=61)
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_refused"
    fetch.chain = authority.chain() if by_leaf else fetch.chain
    clock.time += REFUSED_FOR
    if by_leaf:  # a renewed one, at the same address
        assert by.verify(HEADERS, BODY)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (OSError(), "certificate_unreachable"),
        (ValueError(), "certificate_unreachable"),
        (b"garbage", "certificate_refused"),
    ],
)
def test_a_refusal_is_kept_briefly(fault: bytes | Exception, reason: str) -> None:
    clock, fetch = Clock(), Fetch(fault)
    by = verifier(fetch, clock)
    for _ in range(3):
        assert refusal(lambda: by.verify(HEADERS, BODY)) == reason
    assert len(fetch.urls) == 1
    fetch.chain = CHAIN
    clock.time += REFUSED_FOR
    assert by.verify(HEADERS, BODY)


def test_ten_thousand_refusals_leave_nothing_behind() -> None:
    fetch = Fetch()
    by = verifier(fetch)
    by.verify(HEADERS, BODY)
    fetch.chain = OSError()
    for number in range(5_000):
        names = {"SignatureCertChainUrl": f"https://{HOST}/echo.api/{number}.pem?{number}"}
        refusal(lambda names=names: by.verify(HEADERS | names, BODY))  # type: ignore[misc]
        names = {"SignatureCertChainUrl": f"{URL}?{number}", "Signature-256": "AAAA"}
        refusal(lambda names=names: by.verify(HEADERS | names, BODY))  # type: ignore[misc]
    assert len(by._refusals) == MAX_REFUSALS
    assert list(by._keys) == [URL]
    assert not by._downloads
    assert by.verify(HEADERS, BODY)
    assert len(fetch.urls) == 5_001


def test_the_key_used_longest_ago_goes() -> None:
    fetch = Fetch()
    by = verifier(fetch)
    for name in ("first", *range(MAX_KEYS - 1), "first", "last"):
        by.verify(HEADERS | {"SignatureCertChainUrl": at(str(name))}, BODY)
    assert list(by._keys) == [
        *(at(str(n)) for n in range(1, MAX_KEYS - 1)),
        at("first"),
        at("last"),
    ]


def test_twenty_at_once_wait_for_one_download() -> None:
    arrived = threading.Barrier(20)
    fetched = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        time.sleep(0.1)
        return CHAIN

    by = verifier(fetch)

    def ask(_: int) -> dict[str, Any]:
        arrived.wait()
        return by.verify(HEADERS, BODY)

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(ask, range(20))) == [envelope()] * 20
    assert fetched == [URL]


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Callable[[str], bytes], Any]]:
    """A fetch that keeps to no time limit, and what lets it go on."""
    monkeypatch.setattr(request_verifier, "TIMEOUT", 0.02)
    go_on = threading.Event()

    def fetch(url: str) -> bytes:
        go_on.wait(10)
        return CHAIN

    yield fetch, go_on
    go_on.set()


def test_nobody_waits_for_ever(stuck: tuple[Callable[[str], bytes], threading.Event]) -> None:
    fetch, go_on = stuck
    by = verifier(fetch)
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_unreachable"
    download = by._downloads[URL]
    assert list(by._refusals) == [URL]  # so that the next is refused without waiting
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_unreachable"
    go_on.set()
    download.result(10)
    assert by.verify(HEADERS, BODY)  # it came late, but came


def test_downloads_are_bounded(stuck: tuple[Callable[[str], bytes], threading.Event]) -> None:
    by = verifier(stuck[0])
    reasons = [
        refusal(
            lambda n=n: by.verify(HEADERS | {"SignatureCertChainUrl": at(str(n))}, BODY)  # type: ignore[misc]
        )
        for n in range(MAX_DOWNLOADS + 1)
    ]
    assert reasons == ["certificate_unreachable"] * MAX_DOWNLOADS + ["certificate_busy"]


def test_a_process_without_threads_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    by = verifier()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", exhausted)
        assert refusal(lambda: by.verify(HEADERS, BODY)) == "certificate_busy"
    assert by.verify(HEADERS, BODY)


def test_warming_up_downloads_nothing() -> None:
    fetch = Fetch()
    by = verifier(fetch)
    by.warm_up()
    assert fetch.urls == []
    assert by.verify(HEADERS, BODY)


# Time

EVENTS = ["Enabled", "Disabled", "PermissionAccepted", "PermissionChanged", "AccountLinked"]


def stamp(seconds: float) -> str:
    return later(seconds=seconds).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("seconds", [-150, -1, 0, 1, 150])
@pytest.mark.parametrize("fraction", [0, 0.999])
def test_a_timestamp_within_the_tolerance(seconds: float, fraction: float) -> None:
    clock = Clock()
    clock.time += timedelta(seconds=fraction)
    body = as_bytes(envelope(timestamp=stamp(seconds)))
    assert send(body, verifier(now=clock))


@pytest.mark.parametrize("event", EVENTS)
def test_a_skill_event_may_be_an_hour_old(event: str) -> None:
    kind = f"AlexaSkillEvent.Skill{event}"
    for seconds in (-3600, 3600):
        assert send(as_bytes(envelope(type=kind, timestamp=stamp(seconds))))
    for seconds in (-3601, 3601):
        body = as_bytes(envelope(type=kind, timestamp=stamp(seconds)))
        assert refusal(partial(send, body)) == "timestamp_stale"


@pytest.mark.parametrize(
    ("reason", "request_"),
    [
        ("timestamp_stale", {"timestamp": stamp(-151)}),
        ("timestamp_stale", {"timestamp": stamp(151)}),
        ("timestamp_stale", {"timestamp": "2026-11-20T12:00:00+01:00"}),
        ("timestamp_stale", {"timestamp": "1970-01-01T00:00:00Z"}),
        ("timestamp_stale", {"timestamp": "0001-01-01T00:00:00+23:59"}),
        ("timestamp_stale", {"timestamp": "9999-12-31T23:59:59-23:59"}),
        ("timestamp_stale", {"timestamp": stamp(-200), "type": "AlexaSkillEvent.SkillOther"}),
        ("timestamp_stale", {"timestamp": stamp(-200), "type": "AlexaSkillEvent."}),
        ("timestamp_stale", {"timestamp": stamp(-200), "type": ["AlexaSkillEvent.SkillEnabled"]}),
        ("timestamp_stale", {"timestamp": stamp(-200), "type": None}),
        ("timestamp_malformed", {"timestamp": "2026-11-20T12:00:00"}),
        ("timestamp_malformed", {"timestamp": "2026-11-20"}),
        ("timestamp_malformed", {"timestamp": "noon"}),
        ("timestamp_malformed", {"timestamp": "2026-13-40T12:00:00Z"}),
        ("timestamp_malformed", {"timestamp": "\ud800"}),
        ("timestamp_malformed", {"timestamp": ""}),
        ("timestamp_malformed", {"timestamp": None}),
        ("timestamp_malformed", {"timestamp": int(NOW.timestamp())}),
        ("timestamp_malformed", {"timestamp": [stamp(0)]}),
        ("timestamp_malformed", {"timestamp": {}}),
    ],
)
def test_a_bad_timestamp(reason: str, request_: dict[str, Any]) -> None:
    assert refusal(partial(send, as_bytes(envelope(**request_)))) == reason


@pytest.mark.parametrize("request_", [None, {}, {"type": "LaunchRequest"}, [], "now", 1])
def test_a_missing_timestamp(request_: object) -> None:
    for body in (envelope() | {"request": request_}, {"version": "1.0"}, {}):
        assert refusal(partial(send, as_bytes(body))) == "timestamp_malformed"


# Application

OURS = {"application": {"applicationId": SKILL_ID}}
THEIRS = {"application": {"applicationId": "amzn1.ask.skill.theirs"}}


@pytest.mark.parametrize(
    "change",
    [
        {"session": OURS, "context": {"System": OURS}},
        {"session": OURS, "context": {}},
        {"session": OURS, "context": None},
        {"session": None, "context": {"System": OURS}},
        {"session": {}, "context": {"System": OURS}},
    ],
)
def test_a_request_for_us(change: dict[str, Any]) -> None:
    assert send(as_bytes(envelope() | change))


@pytest.mark.parametrize(
    "change",
    [
        {"session": THEIRS, "context": {"System": THEIRS}},
        {"session": THEIRS, "context": {"System": OURS}},
        {"session": OURS, "context": {"System": THEIRS}},
        {"session": OURS | {"application": {"applicationId": "amzn1.ask.skill.ours-too"}}},
        {"session": THEIRS, "context": {}},
        {"session": None, "context": {"System": THEIRS}},
        {"session": None, "context": None},
        {"session": {"application": SKILL_ID}, "context": {}},
        {"session": {"application": {"applicationId": [SKILL_ID]}}},
        {"session": {"application": {"applicationId": {}}}, "context": {}},
        {"session": {"application": {"applicationId": SKILL_ID.upper()}}},
        {"session": {"application": {"applicationId": ""}}},
        {"session": [OURS], "context": [OURS]},
        {"session": {}, "context": {"application": OURS}},
    ],
)
def test_a_request_for_another(change: dict[str, Any]) -> None:
    body = as_bytes(envelope() | change)
    by = RequestVerifier(
        [SKILL_ID, "amzn1.ask.skill.ours-too"], roots=[AMAZON.root], fetch=Fetch(), now=Clock()
    )
    assert refusal(partial(send, body, by)) == "application_id"


def test_without_skill_ids_nothing_is_let_in() -> None:
    by = RequestVerifier([], roots=[AMAZON.root], fetch=Fetch(), now=Clock())
    assert refusal(lambda: by.verify(HEADERS, BODY)) == "application_id"


# Bodies, all of them signed


def nested(levels: int) -> bytes:
    deep = b'{"a":' * levels + b"1" + b"}" * levels
    return BODY[:-1] + b', "deep": ' + deep + b"}"


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("body_malformed", b""),
        ("body_malformed", b" "),
        ("body_malformed", b"{"),
        ("body_malformed", BODY[:-1]),
        ("body_malformed", BODY + BODY),
        ("body_malformed", b"[" + BODY + b"]"),
        ("body_malformed", b"null"),
        ("body_malformed", b"1"),
        ("body_malformed", b'"' + SKILL_ID.encode() + b'"'),
        ("body_malformed", b"\xff\xfe\x00"),
        ("body_malformed", BODY.replace(b"en-US", b"en-\xff")),
        ("body_malformed", BODY.decode().encode("utf-16")),
        ("body_malformed", b"\xef\xbb\xbf" + BODY),
        ("body_malformed", b"\x00" + BODY),
        ("body_malformed", BODY.replace(b'"en-US"', b"9" * 5_000)),
        ("body_malformed", b"[" * 60_000),
        ("body_malformed", b'{"a":' * 12_000),
        ("body_malformed", nested(100)),
        ("body_malformed", nested(900)),
        ("body_malformed", nested(9_000)),
        ("body_too_long", BODY[:-1] + b" " * 1_000_000 + b"}"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_bad_body(reason: str, body: bytes) -> None:
    assert refusal(partial(send, body)) == reason


@pytest.mark.parametrize("body", [nested(99), BODY[:-1] + b" " * (MAX_BODY - len(BODY)) + b"}"])
def test_a_big_body_is_no_bad_one(body: bytes) -> None:
    assert send(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text()
            | st.sampled_from(
                ["request", "timestamp", "type", "context", "System", "session", "application"]
            ),
            inner,
        )
    ),
)
SHARED = verifier()


@given(st.binary() | JSON.map(as_bytes) | JSON.map(lambda v: as_bytes(envelope() | {"request": v})))
def test_whatever_alexa_might_sign(body: bytes) -> None:
    with suppress(RequestRefused):
        assert isinstance(send(body, SHARED), dict)


NAMES = st.sampled_from(["SignatureCertChainUrl", "Signature-256", "signature-256", "Host", ""])


@given(st.dictionaries(NAMES | st.text(), st.sampled_from([URL, ""]) | st.text()), st.binary())
def test_whatever_a_stranger_might_send(headers: dict[str, str], body: bytes) -> None:
    refusal(lambda: SHARED.verify(headers, body))
    with suppress(RequestRefused):
        check_development("127.0.0.1", headers)


@given(st.text() | st.from_regex(request_verifier._URL))
def test_a_url_stays_what_it_is(claimed: str) -> None:
    with suppress(RequestRefused):
        url = certificate_url(claimed)
        assert certificate_url(url) == url


# With verification off


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1:5000", "[::1]:5000"])
def test_this_machine_is_let_in(address: str, host: str) -> None:
    check_development(address, {"Host": host, "Content-Type": "application/json", "Accept": "*/*"})
    check_development(address, HEADERS)


@pytest.mark.parametrize(
    "address",
    [None, "", "unix:", "localhost", "10.0.0.1", "192.168.1.2", "0.0.0.0", "::", "::ffff:8.8.8.8",
     "8.8.8.8", "2001:db8::1", "127.0.0.1, 8.8.8.8", "127.1", "2130706433"],
)  # fmt: skip
def test_another_machine_is_not(address: str | None) -> None:
    assert refusal(lambda: check_development(address, {"Host": "localhost"})) == "not_loopback"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Forwarded", "for=8.8.8.8"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("x-forwarded-for", ""),
        ("X-FORWARDED-PROTO", "https"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Original-Forwarded-For", "8.8.8.8"),
        ("Via", "1.1 vegur"),
        ("CF-Connecting-IP", "8.8.8.8"),
        ("CF-Ray", "1"),
        ("Cdn-Loop", "cloudflare"),
        ("True-Client-IP", "8.8.8.8"),
        ("X-Client-IP", "8.8.8.8"),
        ("X-Amzn-Trace-Id", "Root=1"),
        ("Ngrok-Skip-Browser-Warning", "1"),
        ("Tailscale-User-Login", "a"),
        ("Fly-Client-IP", "8.8.8.8"),
        ("Host", "abc.ngrok-free.app"),
        ("Host", "example.com:5000"),
        ("Host", "localhost.example.com"),
        ("Host", "localhost@example.com"),
        ("Host", "[::1"),
        ("Host", ""),
    ],
)
def test_a_tunnel_is_not_this_machine(name: str, value: str) -> None:
    assert refusal(lambda: check_development("127.0.0.1", {name: value})) == "forwarded"


def test_the_clock_is_aware() -> None:
    assert request_verifier._utc_now().tzinfo is UTC
