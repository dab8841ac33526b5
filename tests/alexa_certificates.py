"""A throw-away authority in Amazon's place: certificate chains, and requests signed under them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""What the clock of a test shows; chains hold then, and today, too."""
BEGINS, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
SIGNER = "echo-api.amazon.com"
SKILL_ID = "amzn1.ask.skill.for-tests"
URL = "https://s3.amazonaws.com/echo.api/echo-api-cert-12.pem"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(owner: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The one key of an owner, made once."""
    return rsa.generate_private_key(65537, bits)


def pem(*chain: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)


class Authority:
    """A root, and an intermediate that signs the leaves."""

    def __init__(self, *, intermediate_ends: datetime = ENDS) -> None:
        self.root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._issue("Root", self.root_key, None, ENDS)
        self.intermediate = self._issue("Intermediate", self._key, self.root, intermediate_ends)

    def leaf(
        self,
        *,
        names: Collection[str] = (SIGNER,),
        key: Key | None = None,
        begins: datetime = BEGINS,
        ends: datetime = ENDS,
    ) -> x509.Certificate:
        key = key or rsa_key(SIGNER)
        builder = _builder(SIGNER, key, self.intermediate.subject, begins, ends)
        if names:
            san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(san, critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(usage, critical=False).add_extension(by, critical=False)
        return builder.sign(self._key, SHA256())

    def chain(self, **leaf: Any) -> bytes:
        """What Amazon serves: leaf and intermediate, as PEM. Takes what `leaf` takes."""
        return pem(self.leaf(**leaf), self.intermediate)

    def _issue(
        self, name: str, key: Key, issuer: x509.Certificate | None, ends: datetime
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key())
        return (
            _builder(name, key, issuer.subject if issuer else subject, BEGINS, ends)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(by, critical=False)
            .sign(self.root_key, SHA256())
        )


_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(
    name: str, key: Key, issuer: x509.Name, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def signature(body: bytes, digest: HashAlgorithm | None = None, key: str = SIGNER) -> str:
    signed = rsa_key(key).sign(body, PKCS1v15(), digest or SHA256())
    return b64encode(signed).decode("ascii")


def signed(body: bytes, url: str = URL) -> dict[str, str]:
    """The headers that Alexa sends with a body."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "SignatureCertChainUrl": url,
        "Signature": signature(body, SHA1()),  # Alexa still sends it
        "Signature-256": signature(body),
    }


def envelope(*, skill_id: str = SKILL_ID, at: datetime = NOW, **request: Any) -> dict[str, Any]:
    """A LaunchRequest in Alexa's shape; `request` changes its fields."""
    application = {"application": {"applicationId": skill_id}}
    user = {"user": {"userId": "amzn1.ask.account.for-tests"}}
    return {
        "version": "1.0",
        "session": {"new": True, "sessionId": "SessionId.1", "attributes": {}} | application | user,
        "context": {"System": application | user | {"apiEndpoint": "https://api.amazonalexa.com"}},
        "request": {
            "type": "LaunchRequest",
            "requestId": "EdwRequestId.1",
            "locale": "en-US",
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        }
        | request,
    }


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode()
