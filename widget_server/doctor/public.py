"""The public URL: does it lead to this widget, and do the headers survive the reverse proxy?"""

from collections.abc import Iterator, Mapping

from widget_server.adapters.steppay.transport import RawResponse, TransportError
from widget_server.config import Settings
from widget_server.doctor.connectivity import connection_failure, words_for
from widget_server.doctor.result import CheckResult, DoctorContext, ok, problem, skipped
from widget_server.domain.subresource_integrity import versioned_path
from widget_server.web.builds import served_builds

BUDGET_SECONDS = 8.0
NO_SUCH_CHECKOUT = "/v1/checkouts/doctor-asks-for-none--"
"""Has the form of a checkout and never exists: 404, with the headers every page gets."""

_CORS = "access-control-allow-origin"


def check_public_url(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    obstacle = connection_failure(settings.public_url, ca_file=context.ca_file, proxy=context.proxy)
    if obstacle == "certificate":
        yield problem("public URL", words_for(obstacle), "Shoppers' browsers refuse it too: renew it, with its chain.")
    elif obstacle == "no_address":
        hint = "Is the name in WIDGET_PUBLIC_URL right, and does it have a record? This machine may see other ones."
        yield skipped("public URL", f"not seen from here: {words_for(obstacle)}", hint)
    elif obstacle:
        yield skipped("public URL", f"not seen from here: {words_for(obstacle)}", "Check again when the server runs.")
    if obstacle:
        yield skipped("origins", "the public URL was not reached")
        return
    builds = served_builds(settings.public_url)
    path = versioned_path(builds.current)
    pinned = ask(settings.public_url + path, {"Origin": settings.allowed_origins[0]}, context)
    yield judge_widget(pinned, builds.current, released=builds.released)
    for origin in settings.allowed_origins:
        yield judge_origin(ask(settings.public_url + NO_SUCH_CHECKOUT, {"Origin": origin}, context), origin)


def ask(url: str, headers: Mapping[str, str], context: DoctorContext) -> RawResponse | None:
    try:
        return context.get(url, headers, BUDGET_SECONDS)
    except TransportError:
        return None


def judge_widget(answer: RawResponse | None, expected: bytes, *, released: bool = True) -> CheckResult:
    """`answer`: to the address that `widget-server snippet` prints. `released`: whether it is a kept build."""
    name = "public URL"
    if answer is None:
        return problem(name, "gave no complete answer", "See the log of the reverse proxy.")
    if answer.status != 200:
        text = f"does not have this version of the widget (answer {answer.status})"
        return problem(name, text, "Does it lead to this server, and was that restarted after the upgrade?")
    if answer.body != expected:
        return problem(name, "changes the widget", "Browsers will reject it: let no proxy rewrite it.")
    if answer.headers.get(_CORS) != "*":
        text = "takes the header Access-Control-Allow-Origin from the widget"
        return problem(name, text, "A tag with integrity needs it: let the reverse proxy pass it.")
    ends = "keeps working after upgrades" if released else "ends with the next upgrade: it is of no release"
    return ok(name, f"serves this widget, byte for byte; a tag that pins it {ends}")


def judge_origin(answer: RawResponse | None, origin: str) -> CheckResult:
    """`answer`: to a request that a page of `origin` may send."""
    if answer is None:
        return problem("origins", f"no complete answer for {origin}", "See the log of the reverse proxy.")
    if answer.headers.get(_CORS) == origin:
        return ok("origins", f"pages of {origin} may call")
    text = f"pages of {origin} cannot call"
    return problem("origins", text, "Restart the server, and let no proxy set CORS headers.")
