"""Does everything below the public URL lead to this server? Or does the shop, or a rule of the reverse proxy, answer
some of it?"""

import json
from collections.abc import Callable, Iterator, Mapping

from widget_server.adapters.steppay.transport import RawResponse
from widget_server.config import Settings
from widget_server.doctor.public import ask
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem, skipped
from widget_server.web.assets import static_dir

NAME = "routes"
_STYLE = "css/return.css"
_GUIDE = "See docs/operations/sub-path.md."


def _members(answer: RawResponse) -> Mapping[str, object]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


ROUTES: Mapping[str, Callable[[RawResponse], bool]] = {
    "/v1/pages?path=/": lambda answer: "modeMobile" in _members(answer),
    f"/assets/{_STYLE}": lambda answer: answer.body == (static_dir() / _STYLE).read_bytes(),
    "/.well-known/jwks.json": lambda answer: "keys" in _members(answer),
}
"""What web servers treat by rules of their own: an API, files by their ending, names with a leading dot; and whether an
answer is this server's."""


def check_routes(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    answers = {path: ask(settings.public_url + path, {}, context) for path in ROUTES}
    if not any(answers.values()):
        yield skipped(NAME, "the public URL gave no response")
        return
    found = [judge_route(path, answer, settings.base_path) for path, answer in answers.items()]
    wrong = [result for result in found if result.state != "ok"]
    yield from wrong or found[:1]


def judge_route(path: str, answer: RawResponse | None, base_path: str) -> CheckResult:
    """`answer`: to a GET of `path` below the public URL."""
    if answer is None:
        return problem(NAME, f"{base_path}{path} gave no complete answer", "See the log of the reverse proxy.")
    ours = answer.headers.get("content-type", "").startswith("application/problem+json")
    if ROUTES[path](answer) or (ours and answer.status != 404):
        return ok(NAME, f"{base_path or 'the host'} leads to this server, with files and keys")
    if ours:
        text = f"{base_path}{path} reaches this server as another path"
        take_off = f", or take off exactly {base_path}" if base_path else ""
        return problem(NAME, text, f"Let the reverse proxy keep the path{take_off}. {_GUIDE}")
    text = f"something else answers {base_path}{path} ({answer.status}), such as the shop's own page"
    return problem(NAME, text, f"Let the reverse proxy pass everything below {base_path}/ to this server. {_GUIDE}")
