"""StepPay's calls about customers: make one, find some, read one."""

import re
from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.simulator.customer_bodies import customer_body, customer_details_body, customer_row
from widget_server.demo.simulator.lists import contains, page_of
from widget_server.demo.simulator.responses import Problem, json_answer, json_object, require
from widget_server.demo.simulator.store import Store

_PHONE = re.compile(
    r"(0\d{1,2}-?\d{3,4}-?\d{4}|(\+\d{2,3}|\d{2,3}\)|\d{2,3})[ -]?\d{1,2}[ -]?\d{3,4}[ -]?\d{4})", re.ASCII
)
"""Of StepPay's specification."""
_ADDRESS = ("postcode", "address1", "address2")
_MARKETING = ("marketingSms", "marketingEmail", "marketingKakao")


def add_customer_routes(routes: Blueprint, store: Store) -> None:
    """Add the three calls to `routes`. There is no look-up by e-mail: `keyword` searches names and e-mails as text."""

    @routes.post("/v1/customers")
    def create_customer() -> Response:
        fields = json_object()
        _check(fields)
        with store.lock:
            return json_answer(customer_body(store.add_customer(fields)), 201)

    @routes.get("/v1/customers")
    def list_customers() -> Response:
        keyword = request.args.get("keyword", "")
        with store.lock:
            found = [one for one in store.customers if not keyword or contains(keyword, one.name, one.email)]
            return json_answer(page_of(found, lambda one: customer_row(store, one)))

    @routes.get("/v1/customers/<number>")
    def read_customer(number: str) -> Response:
        require(number.isascii() and number.isdigit(), "id must be the customer's number")
        with store.lock:
            customer = store.find_customer({"customerId": int(number)})
            if customer is None:
                raise Problem(404, "CUSTOMER_NOT_FOUND", "no such customer")
            return json_answer(customer_details_body(store, customer))


def _check(fields: dict[str, Any]) -> None:
    """The guide sends `name` and `email` alone, though the specification lists `attributes` and the three marketing
    flags as required too: what is given has its type."""
    for name in ("name", "email"):
        require(isinstance(fields.get(name), str) and fields[name].strip(), f"{name} is required")
    require(isinstance(fields.get("attributes", {}), dict), "attributes must be an object")
    for name in _MARKETING:
        require(isinstance(fields.get(name, False), bool), f"{name} must be true or false")
    phone, shipping = fields.get("phone"), fields.get("shipping")
    require(phone is None or (isinstance(phone, str) and _PHONE.fullmatch(phone)), "phone is no phone number")
    complete = isinstance(shipping, dict) and all(isinstance(shipping.get(name), str) for name in _ADDRESS)
    require(shipping is None or complete, f"shipping needs {', '.join(_ADDRESS)}")
