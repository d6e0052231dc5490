"""The virus scanner, asked over its own protocol."""

from pathlib import Path

import pytest
from pytest_django import Settings

from opscom.lib.antivirus import ScannerAway, find_virus, is_configured, ping
from tests.lib.ports import free_port
from tests.peers.clamd_peer import EICAR
from tests.peers.process import PeerProcess

PEER = "tests.peers.clamd_peer"


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_scanner_tells_the_virus_from_the_rest(way: str, tmp_path: Path, settings: Settings) -> None:
    options = ["--unix", str(tmp_path / "clamd")] if way == "unix" else []
    with PeerProcess(PEER, *options) as peer:
        settings.CLAMD_URL = peer.url
        assert is_configured()
        ping()
        assert find_virus(b"") == ""
        assert find_virus(b"x" * 200_000) == ""
        assert find_virus(b"x" * 100_000 + EICAR + b"x" * 100_000) == "Eicar-Signature"


def test_file_beyond_the_scanners_own_limit_is_no_verdict(settings: Settings) -> None:
    with PeerProcess(PEER, "--most", "1000") as peer:
        settings.CLAMD_URL = peer.url
        with pytest.raises(ScannerAway):
            find_virus(b"x" * 1001)


def test_scanner_that_is_away_is_no_verdict(settings: Settings) -> None:
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    for ask in (ping, lambda: find_virus(b"x")):
        with pytest.raises(ScannerAway):
            ask()


def test_without_an_address_there_is_none(settings: Settings) -> None:
    settings.CLAMD_URL = ""
    assert not is_configured()
