"""One event is one line, a value is only ever a value, and what a library or an exception quotes is not repeated."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_server.logs import LONGEST_VALUE, JsonLines, PlainLines, configure_logs, exception_summary, request_id

OURS = "widget_server.test"
Write = Callable[[], str]


@pytest.fixture(params=["json", "plain"])
def written(request: pytest.FixtureRequest) -> Iterator[Write]:
    """What `configure_logs` lets out at DEBUG."""
    root = logging.getLogger()
    before, level, stream = root.handlers[:], root.level, io.StringIO()
    configure_logs(json_lines=request.param == "json", level=logging.DEBUG, stream=stream)
    yield stream.getvalue
    root.handlers[:] = before
    root.setLevel(level)


def record(message: str, *arguments: object, name: str = OURS, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.makeLogRecord({"name": name, "levelno": level, "msg": message, "args": arguments})


def members(message: str, *arguments: object, **options: object) -> dict[str, object]:
    told: dict[str, object] = json.loads(JsonLines().format(record(message, *arguments, **options)))  # type: ignore[arg-type]
    return told


def test_an_event_has_its_own_keys_after_the_fixed_ones() -> None:
    told = members("order_shape order=%s status=%d recorded=false", "order_a", 200)
    assert list(told)[:4] == ["time", "level", "logger", "event"]
    assert (told["logger"], told["event"], told["request"]) == (OURS, "order_shape", "-")
    assert (told["order"], told["status"], told["recorded"]) == ("order_a", 200, "false")


def test_each_line_names_its_request() -> None:
    token = request_id.set("0123456789abcdef")
    assert members("begun")["request"] == "0123456789abcdef"
    request_id.reset(token)
    assert members("begun")["request"] == "-"


@pytest.mark.parametrize("formatter", [JsonLines(), PlainLines()])
@given(value=st.text(max_size=600))
def test_no_value_becomes_a_line_or_a_key(formatter: logging.Formatter, value: str) -> None:
    line = formatter.format(record("event order=%s", value + "\r\n\x1b[2J\u2028 status=paid"))
    assert line.isascii()
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    if isinstance(formatter, JsonLines):
        assert "status" not in json.loads(line)


def test_a_long_value_is_cut_off() -> None:
    assert members("event order=%s", "x" * 5000)["order"] == "x" * LONGEST_VALUE + "..."


def test_a_sentence_without_keys_is_the_event() -> None:
    assert members("Listening at: %s", "http://127.0.0.1:1", name="_granian")["event"] == (
        "Listening at: http://127.0.0.1:1"
    )


def test_libraries_log_from_warnings_on_and_never_quote(written: Write, caplog: pytest.LogCaptureFixture) -> None:
    library = logging.getLogger("urllib3.connectionpool")
    caplog.set_level(logging.DEBUG, library.name)  # and takes it back: later tests read the whole log
    library.debug('%s "GET %s"', "https://api.steppay.kr", "/api/payment/receipt/canaryKey123")
    library.info("canary")
    library.warning("Connection pool is full, discarding %s", "canary.test")
    assert "canary" not in written()
    assert "Connection pool is full" in written()


def test_an_exception_shows_its_kind_and_place_but_not_its_message(written: Write) -> None:
    with pytest.raises(ValueError, match="canary") as caught:
        raise ValueError("canary inside") from KeyError("canary below")
    assert "canary" not in exception_summary(caught.value)
    logging.getLogger(OURS).error("event order=%s", "order_a", exc_info=caught.value)
    assert "ValueError unit/test_logs.py:" in written()
    assert "KeyError" in written()
    assert "canary" not in written()
    assert written().count("\n") == 1
