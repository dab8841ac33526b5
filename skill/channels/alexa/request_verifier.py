"""Refuse every request that Alexa did not sign just now for one of our skills.

Why not ask-sdk-webservice-support: it cannot be imported under OpenSSL 3.0.10 or newer (oscrypto);
patched, it parses bodies before it checks them, caches chains unchecked, without bound or expiry,
downloads without time limit, raises all kinds of errors, and takes some 90 times as long.
"""

import functools
import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

SIGNER = "echo-api.amazon.com"
"""The name that a chain is made out to, itself: a wildcard will not do."""
HOST = "s3.amazonaws.com"

SKEW = timedelta(seconds=150)
"""How far a timestamp may be from our clock, either way: clocks differ."""
EVENT_SKEW = timedelta(hours=1)
SKILL_EVENTS = tuple(
    f"AlexaSkillEvent.Skill{event}"
    for event in ("Enabled", "Disabled", "PermissionAccepted", "PermissionChanged", "AccountLinked")
)
"""What Amazon sends again for an hour when it does not get through."""

TIMEOUT = 3.0
"""Seconds that a download may take in all, and that a request waits for it."""
TRUSTED_FOR = timedelta(days=1)
"""How long a key is used before its chain is downloaded and checked again."""
REFUSED_FOR = timedelta(seconds=10)
MAX_KEYS, MAX_REFUSALS, MAX_DOWNLOADS = 8, 64, 8
MAX_BODY = MAX_CHAIN = 64 * 1024
MAX_URL = 500
MAX_DEPTH = 100
"""Levels of JSON. Alexa sends about ten; Python's own limit varies, and code after us recurses."""

# Plain names only: no "%", "\", "@", or ".." that two readers could take in two ways.
_URL = re.compile(
    r"(?i:https://s3\.amazonaws\.com)(?::443)?"
    r"(/echo\.api(?:/[\w~-]+(?:\.[\w~-]+)*)+)"
    r"(?:[?#][!-~]*)?",
    re.ASCII,
)
_APPLICATION_IDS = (
    ("context", "System", "application", "applicationId"),
    ("session", "application", "applicationId"),
)
_FORWARDING = (
    *("forwarded", "x-forwarded", "x-original", "x-real-ip", "via", "cf-", "cdn-loop", "ngrok"),
    *("true-client-ip", "x-client-ip", "x-cluster-client-ip", "x-amzn-trace-id", "x-envoy-"),
    *("x-proxy", "x-tunnel", "tailscale-", "fly-", "x-cloud-trace-context"),
)
"""How the names of headers begin that proxies and tunnels add."""


class Headers(Protocol):
    """A mapping of headers, or Werkzeug's, which may hold one twice."""

    def items(self) -> Iterable[tuple[str, str]]: ...


class RequestRefused(Exception):  # noqa: N818 – nothing broke
    """A request to answer with HTTP 400. reason: a short code, never anything the sender wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a download came to: a key to trust, or the reason why there is none."""

    key: RSAPublicKey | None
    reason: str
    until: datetime

    def trusted(self) -> RSAPublicKey:
        """The key. Raises RequestRefused where there is none."""
        if self.key is None:
            raise RequestRefused(self.reason)
        return self.key


def fetch_chain(
    url: str, *, address: tuple[str, int] = (HOST, 443), tls: ssl.SSLContext | None = None
) -> bytes:
    """Download the chain at a URL that `certificate_url` gave. Raises OSError when it cannot.

    HTTP/1.0, so that the answer ends where the connection does, and by hand, since http.client
    limits each read but not the whole. No redirects, and no name looked up but HOST.
    """
    deadline = time.monotonic() + TIMEOUT
    request = f"GET {urlsplit(url).path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n"
    received = bytearray()
    with (
        socket.create_connection(address, TIMEOUT) as raw,
        (tls or _tls()).wrap_socket(raw, server_hostname=HOST) as connection,
    ):
        connection.sendall(request.encode("ascii"))
        while True:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            if not (chunk := connection.recv(MAX_CHAIN)):
                break
            received += chunk
            if len(received) > MAX_CHAIN:
                raise OSError("the answer is too long")
    head, _, chain = bytes(received).partition(b"\r\n\r\n")
    if not re.match(rb"HTTP/1\.[01] 200\b", head):
        raise OSError("the answer is not 200")
    return chain


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RequestVerifier:
    """Verifies requests, from any number of threads.

    Keeps the keys whose chains it trusted and, briefly, the URLs that led to none.
    """

    def __init__(
        self,
        skill_ids: Collection[str],
        *,
        roots: Sequence[x509.Certificate] | None = None,
        fetch: Callable[[str], bytes] = fetch_chain,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """roots: what a chain must lead to; Amazon's, as certifi has them, where not given."""
        self._skill_ids = tuple(skill_ids)
        self._roots = amazon_roots() if roots is None else list(roots)
        self._store = Store(self._roots)
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()  # for the three below
        self._keys: dict[str, _Outcome] = {}
        self._refusals: dict[str, _Outcome] = {}
        self._downloads: dict[str, Future[_Outcome]] = {}

    def verify(self, headers: Headers, body: bytes) -> dict[str, Any]:
        """The envelope that Alexa sent. Raises RequestRefused, and nothing else.

        headers: their names in any case. body: the bytes as received, before any decoding.
        """
        if len(body) > MAX_BODY:
            raise RequestRefused("body_too_long")
        named = [(name.lower(), value) for name, value in headers.items()]
        url = certificate_url(_only(named, "signaturecertchainurl"))
        try:
            signature = b64decode(_only(named, "signature-256"), validate=True)
        except ValueError:
            raise RequestRefused("signature_malformed") from None
        try:
            _check_signature(self._key(url), signature, body)
        except InvalidSignature:
            raise RequestRefused("signature_wrong") from None
        envelope = read_envelope(body)
        self._check_timestamp(envelope)
        self._check_application(envelope)
        return envelope

    def warm_up(self) -> None:
        """Do once, without network, what the first request would otherwise wait for."""
        for root in self._roots:
            with suppress(VerificationError, ValueError):
                self._trusted([root])
            key = root.public_key()
            if isinstance(key, RSAPublicKey):
                with suppress(InvalidSignature):
                    _check_signature(key, bytes(key.key_size // 8), b"")
        _tls()

    def _check_timestamp(self, envelope: dict[str, Any]) -> None:
        try:
            sent = datetime.fromisoformat(_at(envelope, "request", "timestamp"))
        except (TypeError, ValueError):
            raise RequestRefused("timestamp_malformed") from None
        if sent.tzinfo is None:
            raise RequestRefused("timestamp_malformed")
        is_event = _at(envelope, "request", "type") in SKILL_EVENTS
        now = self._now().replace(microsecond=0)  # Alexa sends whole seconds
        if abs(now - sent) > (EVENT_SKEW if is_event else SKEW):
            raise RequestRefused("timestamp_stale")

    def _check_application(self, envelope: dict[str, Any]) -> None:
        found = [_at(envelope, *path) for path in _APPLICATION_IDS]
        ids = [application_id for application_id in found if application_id is not None]
        if not ids or any(i != ids[0] or i not in self._skill_ids for i in ids):
            raise RequestRefused("application_id")

    def _key(self, url: str) -> RSAPublicKey:
        """The key to trust for a URL, downloaded once however many requests wait for it."""
        with self._lock:
            if outcome := self._recall(url):
                return outcome.trusted()
            download = self._downloads.get(url) or self._start(url)
        try:
            return download.result(TIMEOUT).trusted()
        except TimeoutError:  # a name server that does not answer, say
            with self._lock:
                return self._keep(url, self._refusal("certificate_unreachable")).trusted()

    def _recall(self, url: str) -> _Outcome | None:
        for kept in (self._keys, self._refusals):
            outcome = kept.pop(url, None)
            if outcome and self._now() < outcome.until:
                kept[url] = outcome  # used last, stands last
                return outcome
        return None

    def _keep(self, url: str, outcome: _Outcome) -> _Outcome:
        kept, limit = (self._keys, MAX_KEYS) if outcome.key else (self._refusals, MAX_REFUSALS)
        kept.pop(url, None)
        kept[url] = outcome
        if len(kept) > limit:
            del kept[next(iter(kept))]
        return outcome

    def _start(self, url: str) -> Future[_Outcome]:
        if len(self._downloads) >= MAX_DOWNLOADS:
            raise RequestRefused("certificate_busy")
        download: Future[_Outcome] = Future()
        try:
            threading.Thread(target=self._download, args=(url, download), daemon=True).start()
        except RuntimeError:  # no more threads
            raise RequestRefused("certificate_busy") from None
        self._downloads[url] = download
        return download

    def _download(self, url: str, download: Future[_Outcome]) -> None:
        reason = "certificate_unreachable"
        try:
            chain = self._fetch(url)
            reason = "certificate_refused"
            outcome = self._trusted(x509.load_pem_x509_certificates(chain))
        except Exception:  # noqa: BLE001 – whatever the fault, those who wait are told
            outcome = self._refusal(reason)
        with self._lock:
            self._keep(url, outcome)
            del self._downloads[url]
        download.set_result(outcome)

    def _refusal(self, reason: str) -> _Outcome:
        return _Outcome(None, reason, self._now() + REFUSED_FOR)

    def _trusted(self, chain: Sequence[x509.Certificate]) -> _Outcome:
        """The key of a chain's first certificate. Raises where the chain is not to be trusted."""
        now, name = self._now(), x509.DNSName(SIGNER)
        policy = PolicyBuilder().store(self._store).time(now).max_chain_depth(4)
        path = policy.build_server_verifier(name).verify(chain[0], list(chain[1:]))
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = chain[0].public_key()
        if name not in names or not isinstance(key, RSAPublicKey) or key.key_size < 2048:
            raise ValueError("no strong key of the signer itself")
        expiry = min(certificate.not_valid_after_utc for certificate in path)
        return _Outcome(key, "", min(now + TRUSTED_FOR, expiry))


def certificate_url(claimed: str) -> str:
    """The URL to download, from the one that a request names. Raises RequestRefused.

    Without query and fragment, or a stranger could have one chain downloaded under many names.
    """
    match = _URL.fullmatch(claimed) if len(claimed) <= MAX_URL else None
    if not match:
        raise RequestRefused("certificate_url")
    return f"https://{HOST}{match[1]}"


def read_envelope(body: bytes) -> dict[str, Any]:
    """A body as JSON, unverified: an object, not too deep. Raises RequestRefused."""
    try:
        envelope = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise RequestRefused("body_malformed") from None
    levels = body.count(b"{") + body.count(b"[")  # no more than these, and mostly enough to know
    if not isinstance(envelope, dict) or (levels > MAX_DEPTH and _is_deep(envelope)):
        raise RequestRefused("body_malformed")
    return envelope


def check_development(remote_addr: str | None, headers: Headers) -> None:
    """With verification off, let only this machine in. Raises RequestRefused.

    A tunnel connects from this machine too: what its headers add, or the Host that they name,
    gives it away.
    """
    if not _is_loopback(remote_addr or ""):
        raise RequestRefused("not_loopback")
    for name, value in headers.items():
        if name.lower().startswith(_FORWARDING):
            raise RequestRefused("forwarded")
        if name.lower() == "host" and not _names_loopback(value):
            raise RequestRefused("forwarded")


def amazon_roots() -> list[x509.Certificate]:
    """Amazon's own roots among those that certifi trusts: no other signs for Alexa."""
    found = _tls().get_ca_certs(binary_form=True)
    return [x509.load_der_x509_certificate(der) for der in found if b"Amazon Root CA" in der]


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


def _check_signature(key: RSAPublicKey, signature: bytes, body: bytes) -> None:
    key.verify(signature, body, PKCS1v15(), SHA256())


def _only(named: list[tuple[str, str]], wanted: str) -> str:
    """The one header of a name: of two, each reader might take another."""
    values = [value for name, value in named if name == wanted]
    if len(values) != 1:
        raise RequestRefused("headers_repeated" if values else "headers_missing")
    return values[0]


def _at(envelope: Any, *path: str) -> Any:
    """What stands at a path; None where there is no such place."""
    for name in path:
        envelope = envelope.get(name) if isinstance(envelope, dict) else None
    return envelope


def _is_deep(envelope: dict[str, Any]) -> bool:
    level: list[Any] = [envelope]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return False
        inner = [v.values() if isinstance(v, dict) else v for v in level]
        level = [v for values in inner for v in values if isinstance(v, (dict, list))]
    return True


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _names_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)
