"""Settings for systemd and for commands by hand: one file, read alike by both."""

from __future__ import annotations

import ctypes
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.config.env_file import read_env_file
from widget_server.errors import ConfigurationError

SYSTEMD = sorted(Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so"))
READS: dict[str, dict[str, str]] = {
    "A=postgresql://u:p&x@h/d?a=1&b=2": {"A": "postgresql://u:p&x@h/d?a=1&b=2"},
    "A=p$HOME`id`$(id)": {"A": "p$HOME`id`$(id)"},
    'A="two words" ': {"A": "two words"},
    "A='it''s $1 \\ here'": {"A": "its $1 \\ here"},
    'A="a\\"b\\\\c\\$d\\`e\\nf"': {"A": 'a"b\\c$d`e\\nf'},
    "A=a\\ b\\\\c\\&": {"A": "a b\\c&"},
    "A=one; two # three": {"A": "one; two # three"},
    "A=  padded  ": {"A": "padded"},
    "A = b": {"A": "b"},
    "  A=b": {"A": "b"},
    "A=b\r\nC=d\r\n": {"A": "b", "C": "d"},
    "A=b\\\nc\nD=e": {"A": "bc", "D": "e"},
    'A="b\\\nc\nd"': {"A": "bc\nd"},
    "A='b\nc'": {"A": "b\nc"},
    'A="b" c': {"A": "bc"},
    'A=b"c"': {"A": 'b"c"'},
    "A='b' \"c\"": {"A": "bc"},
    "A=": {"A": ""},
    "A=1\nA=2": {"A": "2"},
    "# A=1\n;B=2\n\n C=3": {"C": "3"},
    "A=결제": {"A": "결제"},
    "A=b=c": {"A": "b=c"},
    "": {},
}
REFUSED = [
    *("export A=b", "\ufeffA=b", "A", "A B=c", "1A=b", "A-B=c", "=b", "A='b", 'A="b', "A=b\nC='d\n", "# x \\\nA=b"),
    *("A=b\\", "A=b\0c"),
]


@cache
def systemd() -> ctypes.CDLL:
    return ctypes.CDLL(str(SYSTEMD[-1]))


def read_by_systemd(file: Path) -> dict[str, str]:
    """By the very function that systemd reads an `EnvironmentFile=` with; without what it then finds no variable."""
    found = ctypes.POINTER(ctypes.c_char_p)()
    load = systemd().load_env_file
    load.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.POINTER(ctypes.c_char_p))]
    assert load(None, str(file).encode(), ctypes.byref(found)) >= 0
    pairs, position = [], 0
    while found and (entry := found[position]) is not None:
        pairs.append(entry.decode().split("=", 1))
        position += 1
    return dict(pairs)


def read(text: str) -> dict[str, str]:
    with tempfile.NamedTemporaryFile() as opened:
        opened.write(text.encode())
        opened.flush()
        return read_env_file(Path(opened.name))


def systemds(text: str) -> dict[str, str]:
    with tempfile.NamedTemporaryFile() as opened:
        opened.write(text.encode())
        opened.flush()
        return read_by_systemd(Path(opened.name))


@pytest.mark.parametrize(("text", "found"), [(text, found) for text, found in READS.items() if text != "A=b\\"])
def test_it_is_read_as_systemd_reads_it(text: str, found: dict[str, str]) -> None:
    assert read(text) == found


@pytest.mark.parametrize("text", REFUSED)
def test_what_systemd_passes_over_or_may_mean_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    assert ", line " in refused.value.problems[0]


@pytest.mark.skipif(not SYSTEMD, reason="systemd is not installed: apt install systemd")
@pytest.mark.parametrize("text", [text for text in READS if text != "A=b\\"])
def test_the_table_is_systemds_own_answer(text: str) -> None:
    assert systemds(text) == READS[text]


@pytest.mark.skipif(not SYSTEMD, reason="systemd is not installed: apt install systemd")
@given(st.text(alphabet="AB=\n\r \t'\"\\#;$`&x한", max_size=40))
def test_whatever_is_accepted_means_the_same_to_systemd(text: str) -> None:
    try:
        found = read(text)
    except ConfigurationError:
        return
    assert found == systemds(text)
