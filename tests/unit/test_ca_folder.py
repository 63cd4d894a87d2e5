"""Names of certificate authorities as OpenSSL computes them, and the folder that holds them."""

from __future__ import annotations

import re
import ssl
import tempfile
from pathlib import Path

import pytest
import trustme
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from widget_server.adapters.steppay.ca_folder import CaFolder, subject_hash

BUNDLE = Path(DEFAULT_CA_BUNDLE_PATH).read_text("utf-8")
PRINTED = {"ISRG Root X1": "4042bcee", "Amazon Root CA 1": "ce5e74ef", "DigiCert Global Root G2": "607986c7"}
"""By `openssl x509 -hash`."""
NAMES = ["Plain", "  Two   Spaces\tand a tab ", "ÉCOLE Straße", "스텝페이 결제", "x" * 64]


@pytest.mark.parametrize(("label", "printed"), PRINTED.items())
def test_the_hash_is_the_one_that_openssl_prints(label: str, printed: str) -> None:
    found = re.search(rf'# Label: "{label}"\n.+?(-----BEGIN.+?-----END CERTIFICATE-----)', BUNDLE, re.DOTALL)
    assert found
    assert subject_hash(ssl.PEM_cert_to_DER_cert(found[1])) == printed


@pytest.mark.parametrize("name", NAMES)
def test_openssl_finds_an_authority_in_the_folder_whatever_its_name(name: str) -> None:
    authority, stranger = trustme.CA(organization_name=name), trustme.CA(organization_name=name)
    folder = CaFolder(BUNDLE + authority.cert_pem.bytes().decode()).path()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(capath=str(folder))
    assert is_trusted(context, authority)
    assert not is_trusted(context, stranger)


def is_trusted(client_context: ssl.SSLContext, authority: trustme.CA) -> bool:
    """By a handshake in memory."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("steppay.example").configure_cert(server_context)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname="steppay.example")
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError:
            return False
    return True


def test_authorities_with_the_same_name_stand_side_by_side() -> None:
    twins = [trustme.CA(organization_name="Twin", organization_unit_name="One") for _ in range(3)]
    folder = CaFolder("".join(twin.cert_pem.bytes().decode() for twin in twins)).path()
    assert sorted(one.suffix for one in folder.iterdir()) == [".0", ".1", ".2"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_every_authority_of_the_bundle_has_its_file() -> None:
    assert len(list(CaFolder(BUNDLE).path().iterdir())) == BUNDLE.count("-----BEGIN CERTIFICATE-----")


def test_folders_of_dead_processes_are_removed_and_those_of_the_living_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, living, other = tmp_path / "steppay-authorities-4194999-x", CaFolder(BUNDLE).path(), tmp_path / "other-1-x"
    for folder in (dead, other):
        folder.mkdir()
    newest = CaFolder(BUNDLE).path()
    assert sorted(tmp_path.iterdir()) == sorted([living, newest, other])
