"""The widget server of this run of tests: its addresses, its key, its secrets. New in each process, so none of them
can be the one of a real installation."""

import base64
import secrets
from pathlib import Path
from typing import Final

from widget_server.adapters.keys.signing_keys import SigningKey, edit, new_key
from widget_server.adapters.keys.verdict_tokens import JwsSigner

AUDIENCE: Final = "http://localhost"
"""The shop's origin, as Flask's and Django's test clients have it."""
ISSUER: Final = f"{AUDIENCE}/steppay"
"""The widget server's public URL: `http` and `localhost` are refused outside of the sandbox."""

SIGNING_KEY: Final[SigningKey] = new_key()
SIGNER: Final = JwsSigner([SIGNING_KEY])
KEYS: Final = dict(SIGNER.public_keys())
"""The document of `/.well-known/jwks.json`."""

SECRET_TOKEN: Final = f"simulated-{secrets.token_urlsafe(24)}"
WEBHOOK_SECRET: Final = secrets.token_urlsafe(32)
"""Signs StepPay's events to the widget server."""
NOTIFY_SECRET: Final = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
"""Signs the widget server's webhooks to the merchant backend."""
API_KEY: Final = secrets.token_urlsafe(32)


def write_key_file(folder: Path) -> Path:
    """A `WIDGET_SIGNING_KEY_FILE` with the key that signs this run's verdicts."""
    file = folder / "signing-keys.json"
    edit(file, (), lambda _made: (SIGNING_KEY,))
    return file


def settings(steppay_url: str, database: Path, key_file: Path) -> dict[str, str]:
    """What `app.config` or the environment needs."""
    return {
        "WIDGET_ENV": "sandbox",
        "STEPPAY_SECRET_TOKEN": SECRET_TOKEN,
        "STEPPAY_API_URL": steppay_url,
        "STEPPAY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "WIDGET_PUBLIC_URL": ISSUER,
        "WIDGET_ALLOWED_ORIGINS": AUDIENCE,
        "WIDGET_DATABASE_URL": f"sqlite:///{database}",
        "WIDGET_SIGNING_KEY_FILE": str(key_file),
        "WIDGET_API_KEY": API_KEY,
        "WIDGET_RATE_LIMIT": "off",
    }
