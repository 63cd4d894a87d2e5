"""docs/examples/verify_delivery.php answers as `merchant.verify_delivery` does."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.recipes.frame import ROOT
from widget_server.merchant.webhooks import WebhookVerificationError, verify_delivery
from widget_server.testing import WRONG_DELIVERIES, signed_delivery
from widget_server.testing.deliveries import sign

NOW = datetime.now(UTC)
SECRETS = ["whsec_" + letter * 32 for letter in "AB"]
DRIVER = """
require $argv[1];
$outcome = function (array $case): array {
    try {
        $message = verify_delivery(...$case);
        return [$message['id'], $message['type'], $message['isFulfillable']];
    } catch (DeliveryVerificationError $refused) {
        return [$refused->reason];
    }
};
echo json_encode(array_map($outcome, json_decode(stream_get_contents(STDIN), true)));
"""


def in_python(case: dict[str, Any]) -> list[object]:
    names = {"id": "webhook-id", "timestamp": "webhook-timestamp", "signatures": "webhook-signature"}
    try:
        message = verify_delivery(
            case["body"].encode(),
            {header: case[name] for name, header in names.items()},
            secrets=case["secrets"],
            accept_test=case.get("acceptTest", False),
            now=datetime.fromtimestamp(case["now"], UTC),
        )
    except WebhookVerificationError as refused:
        return [refused.code]
    return [message.id, message.type, message.is_fulfillable]


def case(body: bytes, headers: dict[str, str], **change: Any) -> dict[str, Any]:
    made = {"body": body.decode(), "secrets": SECRETS, "now": int(NOW.timestamp())}
    given = {name: headers.get(f"webhook-{header}", "") for name, header in HEADERS.items()}
    return {**made, **given, **change}


HEADERS = {"id": "id", "timestamp": "timestamp", "signatures": "signature"}


def cases() -> list[dict[str, Any]]:
    def made(kind: str = "payment.paid", **about: Any) -> tuple[bytes, dict[str, str]]:
        return signed_delivery(kind, **{"order_code": "order_1", "secret": SECRETS[1], "now": NOW, **about})

    good = case(*made())
    test = json.dumps({**json.loads(good["body"]), "test": True})
    bodies = ['{"type": "payment.paid"}', "[]", '{"type": 5, "data": {}}', '{"type": "x", "data": {}}', "", test]
    signed = [case(*sign("evt_1", body, NOW, SECRETS[0])) for body in bodies]
    changes: list[dict[str, Any]] = [
        *({"now": good["now"] + away} for away in (300, 301, -300, -301)),
        *({"secrets": secrets} for secrets in ([], SECRETS[:1], ["whsec_AAAA"], ["whsec_" + "." * 40])),
        *({"signatures": text} for text in ("", "v1,", "v2" + good["signatures"][2:], f"v1,x {good['signatures']}")),
        *({"id": text} for text in ("", "evt 1", "evt_2", "e" * 65, good["id"] + "\n")),
        *({"timestamp": text} for text in ("", "-1", "1e3", "9" * 13)),
        {"body": good["body"] + " "},
    ]
    kinds = ["payment.failed", "payment.refunded", "payment.mismatch", "renewal.paid", "payment.no_charge"]
    return [
        good,
        *(case(*made(kind, amount=0 if kind == "payment.no_charge" else 18000)) for kind in kinds),
        *(case(*made(wrong=wrong)) for wrong in WRONG_DELIVERIES),
        *signed,
        {**signed[-1], "acceptTest": True},
        *({**good, **change} for change in changes),
    ]


def test_php_believes_what_python_believes() -> None:
    if not shutil.which("php"):
        pytest.skip("php is not installed; tools/setup.sh browsers installs it on Debian")
    table = cases()
    command = ["php", "-r", DRIVER, str(ROOT / "docs" / "examples" / "verify_delivery.php")]
    done = subprocess.run(command, input=json.dumps(table), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(zip(table, json.loads(done.stdout), strict=True)) == [(one, in_python(one)) for one in table]
