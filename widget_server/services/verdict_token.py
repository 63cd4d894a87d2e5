"""Sign a verdict, so that the merchant backend can trust it although it came through a browser."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from widget_server.services.ports import Signer

LIFETIME = timedelta(minutes=10)
"""Long enough for a slow shopper and a slow backend; short, because a refund may follow."""


def sign_verdict(
    body: Mapping[str, object], checked_at: datetime, signer: Signer, issuer: str, audience: Sequence[str]
) -> str:
    """The token for a verdict's JSON members. An allow-list: nothing else of `body` is signed.

    `iat` is the time of the call to StepPay, not of the signature: the ten minutes belong to StepPay's response.
    """
    claims = {
        "iss": issuer,
        "aud": list(audience),
        "sub": body["orderCode"],
        "iat": int(checked_at.timestamp()),
        "exp": int((checked_at + LIFETIME).timestamp()),
        "verdict": body["verdict"],
        "fulfill": body["fulfill"],
        "reason": body["reason"],
        "orderId": body["orderId"],
        "amount": body["amount"],
        "currency": body["currency"],
    }
    return signer.sign(claims)
