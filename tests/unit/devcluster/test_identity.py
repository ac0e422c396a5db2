from __future__ import annotations

import base64
import json
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from devcluster import kubeconfig, pki
from devcluster.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings.read({"DEVCLUSTER_HOME": str(tmp_path / "home")})
    settings.config.mkdir(parents=True)
    pki.ensure(settings.pki)
    return settings


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_every_certificate_is_signed_by_its_authority(settings: Settings) -> None:
    for leaf in pki.LEAVES:
        authority = read(settings.pki / f"{leaf.authority}.crt")
        read(settings.pki / f"{leaf.file}.crt").verify_directly_issued_by(authority)


def test_the_api_server_is_known_by_its_addresses(settings: Settings) -> None:
    names = read(settings.pki / "apiserver.crt").extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    addresses = {str(address) for address in names.value.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "10.88.0.1", "10.96.0.1"}


def test_keys_are_for_root_alone(settings: Settings) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in settings.pki.glob("*.key")}
    assert modes == {0o600}


def test_a_second_run_changes_nothing(settings: Settings) -> None:
    before = {path.name: path.read_bytes() for path in settings.pki.iterdir()}
    pki.ensure(settings.pki)
    assert before == {path.name: path.read_bytes() for path in settings.pki.iterdir()}


def test_a_pair_cut_off_before_its_certificate_is_made_again(settings: Settings) -> None:
    (settings.pki / "admin.crt").unlink()
    pki.ensure(settings.pki)
    assert (settings.pki / "admin.crt").exists()


def test_a_kubeconfig_carries_everything_and_checks_the_server() -> None:
    document = json.loads(kubeconfig.render(b"authority", b"certificate", b"key", "admin"))
    cluster = document["clusters"][0]["cluster"]
    assert cluster == {
        "server": "https://127.0.0.1:6443",
        "certificate-authority-data": base64.b64encode(b"authority").decode(),
    }
    assert document["users"][0]["user"]["client-key-data"] == base64.b64encode(b"key").decode()
    assert (document["current-context"], document["contexts"][0]["context"]["user"]) == ("serin", "admin")


def test_kubeconfigs_are_for_root_alone(settings: Settings) -> None:
    kubeconfig.write_all(settings)
    written = [settings.kubeconfig, *settings.config.glob("*.kubeconfig")]
    assert len(written) == 1 + len(kubeconfig.COMPONENTS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
