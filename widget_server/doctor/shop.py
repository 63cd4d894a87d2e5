"""What shoppers see of the shop: is it said, and can their browsers show the logo?"""

from collections.abc import Iterator

from widget_server.adapters.steppay.transport import RawResponse
from widget_server.config import Settings
from widget_server.doctor.public import BUDGET_SECONDS, ask
from widget_server.doctor.result import CheckResult, DoctorContext, ok, skipped, warning

_OTHER_SITES = "cross-origin-resource-policy"


def check_shop(settings: Settings, context: DoctorContext) -> Iterator[CheckResult]:
    if not settings.shop_name:
        yield skipped("shop", "WIDGET_SHOP_NAME is not set", "The return page does not say whose it is.")
    if settings.shop_logo_url:
        yield judge_logo(ask(settings.shop_logo_url, {"Accept": "image/*"}, context))


def judge_logo(answer: RawResponse | None) -> CheckResult:
    """`answer`: to the address of WIDGET_SHOP_LOGO_URL. No logo is no obstacle to a payment."""
    if answer is None:
        return warning(
            "shop logo", f"gave no complete answer in {BUDGET_SECONDS:.0f} s", "Is it there, and below 1 MB?"
        )
    kind = answer.headers.get("content-type", "")
    if answer.status != 200 or not kind.startswith("image/"):
        text = f"is no picture (answer {answer.status})"
        return warning("shop logo", text, "WIDGET_SHOP_LOGO_URL must lead to the picture itself, without a redirect.")
    if answer.headers.get(_OTHER_SITES, "cross-origin") != "cross-origin":
        text = f"is refused by browsers: its {_OTHER_SITES} is not cross-origin"
        return warning("shop logo", text, "Change that header of your shop's, or serve the logo from another path.")
    return ok("shop logo", f"is there: {kind}")
