"""A session is a signed cookie; the server stores nothing.

Its signature is made with the key itself, so a new key ends every session, and all processes agree without sharing.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import Request, Response
from itsdangerous import BadSignature, Signer

from widget_server.config import Secret
from widget_server.services.ports import Clock

LIFETIME = timedelta(hours=8)
"""A working day. It is never extended: a stolen cookie ends with it."""


class Sessions:
    """`origin`: that of the admin dashboard; https allows the stricter cookie."""

    def __init__(self, key: Secret, origin: str, clock: Clock) -> None:
        self._key, self._clock = key, clock
        self._secure = origin.startswith("https://")
        # The prefix: no other host of the domain can set it, and never by http (RFC 6265bis, 4.1.3.2).
        self.cookie = "__Host-steppay-admin" if self._secure else "steppay-admin"

    def is_valid_key(self, given: str) -> bool:
        """In constant time, of digests: `compare_digest` reveals lengths and raises on text that is not ASCII."""
        return hmac.compare_digest(_digest(given), _digest(self._key.reveal()))

    def begin(self, response: Response) -> None:
        ends = int((self._clock() + LIFETIME).timestamp())
        value = self._signer("session").sign(f"{secrets.token_urlsafe(16)}.{ends}").decode()
        self._set(response, value, int(LIFETIME.total_seconds()))

    def end(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, max_age_seconds: int) -> None:
        guards = {"secure": self._secure, "httponly": True, "samesite": "Strict", "path": "/"}
        response.set_cookie(self.cookie, value, max_age=max_age_seconds, **guards)  # type: ignore[arg-type]

    def find(self, request: Request) -> str | None:
        """The running session of a request, as text that is unique to it.

        Any program on another port of a loopback address can add cookies of this name, and browsers send the longest
        path first (RFC 6265, 5.4): each is tried, or it would lock the operator out.
        """
        return next(filter(None, map(self._read, request.cookies.getlist(self.cookie))), None)

    def _read(self, cookie: str) -> str | None:
        try:
            session = self._signer("session").unsign(cookie).decode()
        except BadSignature:
            return None
        ends = datetime.fromtimestamp(int(session.rpartition(".")[2]), self._clock().tzinfo)
        return session if ends > self._clock() else None

    def form_token(self, session: str) -> str:
        """What a form of this session carries, so that no page elsewhere can make one up."""
        return self._signer("form").get_signature(session).decode()

    def is_form_token(self, session: str, given: str) -> bool:
        return self._signer("form").verify_signature(session, given)

    def _signer(self, use: str) -> Signer:
        salt = f"widget-server admin {use}"
        return Signer(self._key.reveal(), salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
