"""What the security headers of a page mean for the widget and its modes."""

from collections.abc import Iterator, Mapping

from widget_server.config import Settings
from widget_server.doctor.page_buttons import framed_by
from widget_server.doctor.page_html import PageContent, Script
from widget_server.doctor.page_policy import CONNECTIONS, FRAMES, Policy, blocked_by, read_policies, script_blocked_by
from widget_server.doctor.result import CheckResult, ok, problem, warning
from widget_server.domain.pay_url import pay_url_template
from widget_server.services import snippet

_POLICY = "page policy"
_ANY_HTTPS = "https://a-bank.invalid/"
"""Stands for the pages of banks and card companies that a framed pay page leads on to."""
Headers = Mapping[str, str]


def judge_policy(
    page: PageContent, tag: Script | None, rule: snippet.Page, headers: Headers, settings: Settings
) -> Iterator[CheckResult]:
    header = headers.get("content-security-policy")
    policies = read_policies([*page.policies, *([header] if header else [])])
    if not policies:
        yield ok(_POLICY, "none, so nothing is blocked")
        return
    needs = snippet.csp(settings.public_url, framed=True, plain_http=settings.env == "sandbox")
    found = list(_faults(page, tag, policies, needs, settings))
    found += _frame_faults(page, policies, needs, settings) if framed_by(page, rule) else []
    yield from found or [ok(_POLICY, "lets the widget through")]


def _faults(
    page: PageContent, tag: Script | None, policies: list[Policy], needs: Mapping[str, str], settings: Settings
) -> Iterator[CheckResult]:
    if tag and tag.src:
        nonce, integrity = tag.attributes.get("nonce", ""), tag.attributes.get("integrity", "")
        if name := script_blocked_by(policies, tag.src, page.base, nonce, integrity):
            yield _problem(name, "the widget's script: the plain link pays", f"script-src {needs['script-src']}")
    if name := blocked_by(policies, CONNECTIONS, f"{settings.public_url}/v1/checkouts", page.base):
        text = "calls to the widget server: the plain link pays (server_unavailable)"
        yield _problem(name, text, f"connect-src {needs['connect-src']}")


def _frame_faults(
    page: PageContent, policies: list[Policy], needs: Mapping[str, str], settings: Settings
) -> list[CheckResult]:
    pay = pay_url_template(settings.steppay_api_url)
    for address in (pay, f"{settings.public_url}/v1/return"):
        if name := blocked_by(policies, FRAMES, address, page.base):
            text = 'the frame, which shows nothing but "open in a new tab"'
            return [_problem(name, text, f"frame-src {needs['frame-src']}")]
    if name := blocked_by(policies, FRAMES, _ANY_HTTPS, page.base):
        text = f"{name} names hosts: a bank's page behind the pay page stays an empty frame"
        return [warning(_POLICY, text, f"Add frame-src {needs['frame-src']} (docs/widget/csp.md).")]
    return []


def _problem(directive: str, blocks: str, missing: str) -> CheckResult:
    return problem(_POLICY, f"{directive} blocks {blocks}", f"Add {missing} (docs/widget/csp.md).")


def judge_isolation(page: PageContent, rule: snippet.Page, headers: Headers) -> Iterator[CheckResult]:
    name = "page isolation"
    opener = headers.get("cross-origin-opener-policy", "").partition(";")[0].strip().lower()
    embedder = headers.get("cross-origin-embedder-policy", "").partition(";")[0].strip().lower()
    if opener.startswith("same-origin"):
        modes = {*rule.modes, *(one.attributes.get("data-mode") for one in page.buttons)}
        means = "nothing changes for the modes of this page"
        if modes & {"tab", "popup"}:
            means = "the page cannot see that a tab or popup closed, and asks the server instead"
        yield ok(name, f"Cross-Origin-Opener-Policy {opener} may stay: {means}")
    if embedder == "require-corp" and framed_by(page, rule):
        text = "Cross-Origin-Embedder-Policy require-corp keeps the pay page out of the frame"
        yield problem(name, text, "Use another mode on this page, or leave the header out.")
