"""Signed verdicts as the widget server gives them to a page, and every way in which one can be wrong."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from widget_server.adapters.keys.signing_keys import new_key
from widget_server.adapters.keys.verdict_tokens import JwsSigner
from widget_server.demo.answers import Question, answer, bound
from widget_server.demo.simulator.outcomes import OUTCOMES
from widget_server.domain.model import Expectation
from widget_server.domain.verdict_json import verdict_body
from widget_server.services.verdict_token import sign_verdict
from widget_server.testing.installation import AUDIENCE, ISSUER, SIGNER, SIGNING_KEY

_MISMATCH = "mismatch"


def signed_verdict(
    *,
    order_code: str,
    amount: int,
    currency: str = "KRW",
    verdict: str = "paid",
    reason: str | None = None,
    is_bound: bool = True,
    order_id: int | None = None,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
    wrong: str | None = None,
    now: datetime | None = None,
) -> str:
    """The token that a page would bring: `merchant.verify_verdict` accepts it with `KEYS`, `issuer` and `audience`.

    `amount`: what StepPay charges, in whole won; 0 for `no_charge`. `verdict`, and `reason` where another than the
    usual one is meant, as in docs/verdict.md. `is_bound` False: your backend has bound no amount, so a free order is
    not to be fulfilled. `wrong`: one of `WRONG_VERDICTS`, and your check must refuse the token. `now`: when StepPay was
    asked. Raises ValueError for an order that cannot exist.
    """
    at = now or datetime.now(UTC)
    question = Question(order_code=order_code, outcome="paid", amount=amount, currency=currency, order_id=order_id)
    question = _with_outcome(question, verdict, reason, is_bound=is_bound)
    plan = _Plan(verdict_body(answer(question, at)), at, issuer, audience)
    if wrong is None:
        return plan.token()
    if wrong not in _WRONG:
        raise ValueError(f"wrong is one of {', '.join(_WRONG)}")
    return _WRONG[wrong][1](plan).token()


def _with_outcome(question: Question, verdict: str, reason: str | None, *, is_bound: bool) -> Question:
    if verdict == _MISMATCH:
        return replace(question, expected=_other_expectation(question, reason))
    names = [row.name for row in OUTCOMES.values() if row.verdict == verdict and reason in (None, row.reason)]
    usable = [name for name in names if name not in _NOT_FOR_PAGES]
    if not usable:
        raise ValueError(f"there is no verdict {verdict!r} with the reason {reason!r}; docs/testing.md lists them")
    expected = bound(question.amount, question.currency) if is_bound else None
    return replace(question, outcome=usable[0], expected=expected)


_NOT_FOR_PAGES = ("outage", "renewal")
"""Without an answer of StepPay there is no token, and no page asks for the order of a renewal."""


def _other_expectation(question: Question, reason: str | None) -> Expectation:
    if reason == "currency_mismatch":
        return bound(question.amount, "USD" if question.currency == "KRW" else "KRW")
    return bound(question.amount + 1000, question.currency)


@dataclass(frozen=True)
class _Plan:
    """How a token is made; each way to be wrong changes one thing."""

    members: Mapping[str, object]
    at: datetime
    issuer: str
    audience: str
    signer: JwsSigner = SIGNER
    finish: Callable[[str], str] = str

    def token(self) -> str:
        return self.finish(sign_verdict(self.members, self.at, self.signer, self.issuer, [self.audience]))

    def saying(self, **members: object) -> "_Plan":
        return replace(self, members={**self.members, **members})

    def at_another_time(self, hours: int) -> "_Plan":
        return replace(self, at=self.at + timedelta(hours=hours))


def _forge(token: str) -> str:
    """Signed by a stranger under the name of the server's key."""
    content = token.rpartition(".")[0]
    return f"{content}.{_encode(new_key().private.sign(content.encode()))}"


def _rewrite(token: str) -> str:
    """What a script of the page makes of a genuine verdict."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{_encode(json.dumps({**claims, 'verdict': 'paid', 'fulfill': True}).encode())}.{signature}"


def _strip(token: str) -> str:
    head = _encode(json.dumps({"alg": "none", "typ": "steppay-verdict+jwt"}).encode())
    return f"{head}.{token.split('.')[1]}."


def _retype(token: str) -> str:
    """A token of another kind, truly signed by the server's key."""
    head = _encode(json.dumps({"alg": "EdDSA", "typ": "JWT", "kid": SIGNING_KEY.kid}).encode())
    content = f"{head}.{token.split('.')[1]}"
    return f"{content}.{_encode(SIGNING_KEY.private.sign(content.encode()))}"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


_WRONG: Mapping[str, tuple[str, Callable[[_Plan], _Plan]]] = {
    "expired": ("expired", lambda plan: plan.at_another_time(-1)),
    "from_the_future": ("not_yet_valid", lambda plan: plan.at_another_time(+1)),
    "other_order": ("wrong_order", lambda plan: plan.saying(orderCode="order_of_another")),
    "other_amount": ("wrong_amount", lambda plan: plan.saying(amount=100)),
    "other_currency": ("wrong_currency", lambda plan: plan.saying(currency="VND")),
    "other_server": ("wrong_issuer", lambda plan: replace(plan, issuer="https://pay.another.example")),
    "other_shop": ("wrong_audience", lambda plan: replace(plan, audience="https://another.example")),
    "forged": ("bad_signature", lambda plan: replace(plan, finish=_forge)),
    "rewritten": ("bad_signature", lambda plan: replace(plan, finish=_rewrite)),
    "unknown_key": ("unknown_key", lambda plan: replace(plan, signer=JwsSigner([new_key()]))),
    "other_type": ("wrong_header", lambda plan: replace(plan, finish=_retype)),
    "unsigned": ("malformed", lambda plan: replace(plan, finish=_strip)),
    "no_token": ("malformed", lambda plan: replace(plan, finish=lambda _token: "paid")),
}

WRONG_VERDICTS: Final[Mapping[str, str]] = {name: code for name, (code, _change) in _WRONG.items()}
"""Each way in which a token can be wrong, with the code that `verify_verdict` refuses it with."""
