"""Keys and certificates, with one authority each for the cluster, etcd and aggregated APIs."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devcluster.settings import API_SERVICE_ADDRESS, DOMAIN, HOST_ADDRESS, NODE

if TYPE_CHECKING:
    from pathlib import Path

LIFE = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to be signed: a user and a group for clients, addresses for servers."""

    file: str
    authority: str
    user: str
    group: str = ""
    addresses: tuple[str, ...] = ()


_API_ADDRESSES = (
    *("127.0.0.1", HOST_ADDRESS, API_SERVICE_ADDRESS, "localhost", "kubernetes", "kubernetes.default"),
    *("kubernetes.default.svc", f"kubernetes.default.svc.{DOMAIN}"),
)
AUTHORITIES = ("ca", "etcd-ca", "front-proxy-ca")
LEAVES = (
    Leaf("etcd", "etcd-ca", "etcd", addresses=("127.0.0.1", "localhost")),
    Leaf("etcd-client", "etcd-ca", "kube-apiserver"),
    Leaf("apiserver", "ca", "kube-apiserver", addresses=_API_ADDRESSES),
    Leaf("apiserver-kubelet-client", "ca", "kube-apiserver-kubelet-client", "system:masters"),
    Leaf("front-proxy-client", "front-proxy-ca", "front-proxy-client"),
    Leaf("kubelet", "ca", f"system:node:{NODE}", "system:nodes", (HOST_ADDRESS, NODE)),
    Leaf("admin", "ca", "admin", "system:masters"),
    Leaf("controller-manager", "ca", "system:kube-controller-manager", addresses=("127.0.0.1",)),
    Leaf("scheduler", "ca", "system:kube-scheduler", addresses=("127.0.0.1",)),
    Leaf("kube-proxy", "ca", "system:kube-proxy"),
)
_SERVICE_ACCOUNT = "service-account"


def ensure(folder: Path) -> None:
    """Make whatever is missing; what exists stays, so that a second `up` keeps its users."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in AUTHORITIES:
        if not _complete(folder, name):
            _make_authority(folder, name)
    for leaf in LEAVES:
        if not _complete(folder, leaf.file):
            _make_leaf(folder, leaf)
    if not (folder / f"{_SERVICE_ACCOUNT}.pub").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        _write_key(folder / f"{_SERVICE_ACCOUNT}.key", key)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / f"{_SERVICE_ACCOUNT}.pub").write_bytes(public)


def _complete(folder: Path, name: str) -> bool:
    """The certificate is written after its key, so its presence means both."""
    return (folder / f"{name}.crt").exists()


def _make_authority(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"serin-{name}")])
    uses = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    _write_pair(folder, name, key, builder.sign(key, hashes.SHA256()))


def _make_leaf(folder: Path, leaf: Leaf) -> None:
    authority = x509.load_pem_x509_certificate((folder / f"{leaf.authority}.crt").read_bytes())
    signer = serialization.load_pem_private_key(
        (folder / f"{leaf.authority}.key").read_bytes(), password=None
    )
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{leaf.authority}.key: not a key that this program made")
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.COMMON_NAME, leaf.user)]
    if leaf.group:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, leaf.group))
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if leaf.addresses else [])
    builder = (
        _builder(x509.Name(names), authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if leaf.addresses:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(each) for each in leaf.addresses]), critical=False
        )
    _write_pair(folder, leaf.file, key, builder.sign(signer, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + LIFE)
    )


def _general_name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _write_pair(
    folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> None:
    _write_key(folder / f"{name}.key", key)
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
