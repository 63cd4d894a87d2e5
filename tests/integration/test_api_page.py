"""The API page for people: both languages, a command line for each call that does what it says, models to open."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.app_fixture import API_KEY, PUBLIC, World

COMMAND = re.compile(r'<figure class="command">.*?<code>(.*?)</code>', re.DOTALL)
MISTAKES = {"invalid_json", "invalid_request", "unsupported_media_type", "unauthorized", "too_large"}
NAMES = {"API", "OpenAPI", "Markdown", "RFC", "true", "openapi", "json", "llms", "txt"}


def run(world: World, command: str) -> Any:
    """What `command` says, done by the test client."""
    words = shlex.split(command.replace("\\\n", "").replace("$WIDGET_API_KEY", API_KEY))
    assert words.pop(0) == "curl"
    options: dict[str, list[str]] = {"-H": [], "-d": [], "-X": []}
    address = ""
    while words:
        word = words.pop(0)
        if word in options:
            options[word].append(words.pop(0))
        elif word != "-i":
            address = word
    assert address.startswith(f"{PUBLIC}/")
    headers = dict(line.split(": ", 1) for line in options["-H"])
    method = (options["-X"] or ["POST" if options["-d"] else "GET"])[0]
    data = "".join(options["-d"]) or None
    return world.client.open(address.removeprefix(PUBLIC), method=method, headers=headers, data=data)


def test_each_command_is_a_call_without_a_mistake(keyed: World) -> None:
    """`keyed` holds each answer against the document. StepPay's own two calls have no command."""
    page = keyed.client.get("/docs?lang=en").text
    commands = [unescape(command) for command in COMMAND.findall(page)]
    operations = page.count("<article")
    assert len(commands) == operations - 2
    answers = {command: run(keyed, command) for command in commands}
    mistaken = [
        command
        for command, answer in answers.items()
        if answer.is_json and json.loads(answer.text).get("code") in MISTAKES
    ]
    assert mistaken == []
    assert answers[commands[0]].status_code in {200, 404}


class Words(HTMLParser):
    """The words of a page by the language that is marked on them; code has none."""

    VOID = ("meta", "link", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {"ko": "", "en": ""}
        self._open: list[str] = [""]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            own = "" if tag == "code" else dict(attrs).get("lang")
            self._open.append(self._open[-1] if own is None else own)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1]:
            self.found[self._open[-1]] += f" {data}"


@pytest.mark.parametrize(("query", "accepted", "lang"), [("", "", "ko"), ("", "en", "en"), ("?lang=ko", "en", "ko")])
def test_every_word_is_in_the_language_that_it_is_marked_as(world: World, query: str, accepted: str, lang: str) -> None:
    answer = world.client.get(f"/docs{query}", headers={"Accept-Language": accepted})
    assert "Accept-Language" in answer.headers["Vary"]
    assert f'<html lang="{lang}">' in answer.text
    words = Words(answer.text).found
    assert set(re.findall("[A-Za-z]+", words["ko"])) <= {*NAMES, *({"optional"} if lang == "ko" else ())}
    assert not re.search("[가-힣]", words["en"])
    assert ("매개변수" in words["ko"]) is (lang == "ko")
