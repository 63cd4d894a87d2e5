"""Page rules: the first entry that matches wins, paths match as in `.gitignore`, every mistake is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from widget_server.adapters.followed_file import LOOK_SECONDS
from widget_server.adapters.page_rules import FollowedPageRules, load_page_rules
from widget_server.domain.display_options import PageRule
from widget_server.errors import ConfigurationError

RULES = """\
[default]
mode = "tab"
theme = "dark"

[[page]]
path = "/pricing/enterprise"
mode = "redirect"

[[page]]
path = "/pricing*"
mode = "iframe"
mode_mobile = "popup"

[[page]]
path = "/blog/**/buy"
locale = "en"

[[page]]
path = "/shop/"
mode = "auto"
"""


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    file = tmp_path / "pages.toml"
    file.write_text(RULES, "utf-8")
    return file


@pytest.mark.parametrize(
    ("path", "mode", "locale"),
    [
        ("/", "tab", "auto"),
        ("/pricing", "iframe", "auto"),
        ("/pricing-2027", "iframe", "auto"),
        ("/pricing/annual", "iframe", "auto"),
        ("/pricing/enterprise", "redirect", "auto"),
        ("/old/pricing", "tab", "auto"),
        ("/blog/buy", "tab", "en"),
        ("/blog/2026/11/buy", "tab", "en"),
        ("/blog/2026/11/bought", "tab", "auto"),
        ("/shop/coffee", "auto", "auto"),
        ("/shopping", "tab", "auto"),
        ("/가격", "tab", "auto"),
        ("/../../etc/passwd", "tab", "auto"),
        ("//pricing", "tab", "auto"),
        ("/" + "a/" * 400, "tab", "auto"),
        ("/\x00", "tab", "auto"),
    ],
)
def test_the_first_matching_entry_wins(rules_file: Path, path: str, mode: str, locale: str) -> None:
    rule = load_page_rules(rules_file).find(path)
    assert (rule.mode, rule.locale) == (mode, locale)


def test_an_entry_keeps_the_default_for_what_it_does_not_say(rules_file: Path) -> None:
    assert load_page_rules(rules_file).find("/pricing") == PageRule("iframe", "popup", "auto", "dark")


def test_without_a_file_every_page_redirects() -> None:
    assert load_page_rules(None).find("/anything") == PageRule("redirect", "redirect", "auto", "auto")


@pytest.mark.parametrize("pattern", ["/", "/*", "/**"])
def test_the_home_page_can_have_a_rule(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "pages.toml"
    file.write_text(f"[[page]]\npath = '{pattern}'\nmode = 'tab'\n", "utf-8")
    assert load_page_rules(file).find("/").mode == "tab"
    assert load_page_rules(file).find("/deep").mode == ("redirect" if pattern == "/" else "tab")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("mode = ", ["readable TOML"]),
        ("[default]\nmode = 'side'\ntheme = 'x'\n", ["mode must be one of", ", not 'side'", "theme must", ", not 'x'"]),
        ("[default]\nmode = 1\n", ["[default] mode must"]),
        ("[default]\nmode = ['tab']\n", ["[default] mode must"]),
        ("[default]\nmood = 'canary'\n", ["unknown setting 'mood'", "known: mode, "]),
        (f"[default]\nmode = '{'x' * 99}'\n", ["x..."]),
        ("[[page]]\nmode = 'tab'\n", ["number 1 needs a path"]),
        ("[[page]]\npath = 'canary'\n[[page]]\npath = 7\n", ["number 1 needs a path", "number 2 needs a path"]),
        ("[[page]]\npath = '/canary'\nmode = 'popup!'\n", ["number 1 mode must"]),
        ("[[page]]\npath = '/canary\\'\n", ["number 1 path is not a pattern"]),
        ("default = 'canary'\n", ["nothing else"]),
        ("page = 'canary'\n", ["nothing else"]),
        ("page = ['canary']\n", ["nothing else"]),
        ("[page]\npath = '/canary'\n", ["nothing else"]),
        ("[defaults]\nmode = 'tab'\n", ["nothing else"]),
    ],
)
def test_every_mistake_is_named_and_only_what_chooses_is_repeated(
    tmp_path: Path, content: str, words: list[str]
) -> None:
    file = tmp_path / "pages.toml"
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as fault:
        load_page_rules(file)
    for word in words:
        assert word in str(fault.value)
    assert "canary" not in str(fault.value)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pages.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load_page_rules(file)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "pages.toml"
    file.write_bytes(b"\xef\xbb\xbf[default]\r\nmode = 'tab'\r\n")
    assert load_page_rules(file).find("/").mode == "tab"


class Followed:
    """A file that a server follows, and the server's clock."""

    def __init__(self, file: Path) -> None:
        self.file, self.now = file, 0.0
        self.write("tab")
        self.rules = FollowedPageRules(file, lambda: self.now)

    def write(self, mode: str) -> None:
        """As an editor that puts a new file there."""
        new = self.file.with_suffix(".new")
        new.write_text(f"[default]\nmode = '{mode}'\n", "utf-8")
        new.replace(self.file)

    def mode(self, *, later: float = LOOK_SECONDS) -> str:
        self.now += later
        return self.rules.find("/").mode


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "pages.toml")


def test_a_changed_file_counts_from_the_next_look(followed: Followed) -> None:
    followed.write("iframe")
    assert followed.mode(later=LOOK_SECONDS / 2) == "tab"
    assert followed.mode(later=LOOK_SECONDS / 2) == "iframe"
    with followed.file.open("w") as file:  # in place
        file.write("[default]\nmode = 'redirect'\n")
    assert followed.mode() == "redirect"


def test_a_broken_file_keeps_the_old_rules_and_is_logged_once(
    followed: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    followed.write("side")
    assert [followed.mode() for _ in range(3)] == ["tab"] * 3
    assert [(one.levelname, "mode must be one of" in one.getMessage()) for one in caplog.records] == [("ERROR", True)]
    followed.write("popup")
    assert followed.mode() == "popup"


def test_a_file_that_is_gone_keeps_the_old_rules_until_it_is_back(
    followed: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    followed.file.unlink()
    assert [followed.mode() for _ in range(3)] == ["tab"] * 3
    assert len(caplog.records) == 1
    followed.write("iframe")
    assert followed.mode() == "iframe"


def test_between_two_looks_the_file_is_not_touched(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Path] = []
    stat = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **options: (looks.append(self), stat(self, **options))[1])
    for _ in range(100):
        followed.mode(later=LOOK_SECONDS / 200)
    assert looks == []
    followed.mode()
    assert looks == [followed.file]


def test_the_first_file_must_be_right(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        FollowedPageRules(tmp_path / "none.toml")
