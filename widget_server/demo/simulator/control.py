"""The control API: what a test or the demo does that a shopper cannot. It exists in the simulator only.

POST   /simulator/orders {"amount"?: won, "outcome"?: name}  a new order; names: outcomes.py; else not paid yet
POST   /simulator/orders/{code}/outcome {"outcome": name}    bring an order there, also one that a shop created
POST   /simulator/orders/{code}/scenario {"scenario": name}  choose an outcome without a browser
POST   /simulator/orders/{code}/deposit                      the awaited transfer or debit arrives
POST   /simulator/orders/{code}/renew                        the subscription's next payment, now
POST   /simulator/orders/{code}/refund {"amount"?: won}      give back `amount`, or all that is left
PUT    /simulator/orders/{code}/answer {"order"?, "receipt"?}  set the answers served for this order
POST   /simulator/products {"product": text}                 sell it too; the text as in `--product` (catalogue.py)
POST   /simulator/clock {"days"?: n, "months"?: n, "to"?: date or "next_payment"}  time passes, never backward
GET    /simulator/clock       {"now", "movedSeconds", "nextPayment"}; dates as StepPay writes them
POST   /simulator/subscriptions/{id}/card {"works": bool}    whether its card is accepted from now on
PUT    /simulator/events {"lose"?: n, "shuffle"?: n}         lose each n-th event; send them n at a time, shuffled
GET    /simulator/outcomes    [{"orderCode", "verdict", "reason"}] of the codes with a fixed outcome
POST   /simulator/faults {"fault": kind, "call"?: text, "times"?: n, "every"?: n, "seconds"?: n}  below
GET    /simulator/faults      those that are set
DELETE /simulator/faults      end them
POST   /simulator/reset       forget all that happened, and let it be now again
GET    /simulator/calls       [{"method", "path", "status"}] of the API calls received, oldest first
DELETE /simulator/calls       clear them

The steps of an order answer 200 {"orderCode", "orderId", "amount", "paymentStatus"}, 404 for an unknown order and 409
where the order's state does not allow the step. `scenario` adds "returnsTo": success | error | cancel | nowhere.

`answer` creates the order when the code is new (numbered `order.orderId` if that is free). It sets both
answers until it is called again; a part that is left out or null goes back to the model.
  object          order: merged over the full body; receipt: served as it is, plus the idKey
  404, 429, ...   that status with ErrorResponse
  "error"         500 with ErrorResponse
  {"raw": text, "status"?, "contentType"?}  these bytes

`faults`: each `every`-th (1) call of StepPay's API like `call` ("POST /api/v1/orders"; `*` is any text) suffers,
`times` times (1). `calls` shows what became of it.
  lost     carried out, then the connection ends without an answer
  late     carried out, answered after `seconds` (30)
  failed   carried out, answered 500
  refused  answered 503, not carried out
"""

from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.simulator.catalogue import describe, read_product
from widget_server.demo.simulator.control_outcomes import add_outcome_routes, order_summary
from widget_server.demo.simulator.control_time import add_time_routes
from widget_server.demo.simulator.faults import read_fault
from widget_server.demo.simulator.order_api import known_order
from widget_server.demo.simulator.payments import NotPossible, deposit, refund
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.responses import Problem, json_answer, json_object
from widget_server.demo.simulator.scenarios import run
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscriptions import renew


def control_routes(store: Store) -> Blueprint:
    """Routes under /simulator, without authentication: never put the simulator on a public address."""
    routes = Blueprint("control", __name__, url_prefix="/simulator")

    _add_order_steps(routes, store)
    add_outcome_routes(routes, store)
    _add_products(routes, store)
    _add_call_log(routes, store)
    _add_faults(routes, store)
    add_time_routes(routes, store)

    @routes.errorhandler(NotPossible)
    def refuse(reason: NotPossible) -> Response:
        return json_answer({"error": str(reason)}, 409)

    return routes


def _add_order_steps(routes: Blueprint, store: Store) -> None:
    @routes.post("/orders/<code>/scenario")
    def apply_scenario(code: str) -> Response:
        name = json_object().get("scenario")
        with store.lock:
            order = known_order(store, code)
            scenario = run(store, order, str(name))
            return json_answer(order_summary(order) | {"returnsTo": scenario.returns_to})

    @routes.post("/orders/<code>/<any(deposit, renew):step>")
    def let_time_pass(code: str, step: str) -> Response:
        with store.lock:
            order = known_order(store, code)
            return json_answer(order_summary({"deposit": deposit, "renew": renew}[step](store, order)))

    @routes.post("/orders/<code>/refund")
    def refund_order(code: str) -> Response:
        amount = json_object().get("amount") if request.data else None
        if amount is not None and type(amount) is not int:
            raise Problem(400, "INVALID_PARAMETER", "amount must be whole won")
        with store.lock:
            order = known_order(store, code)
            refund(store, order, amount)
            return json_answer(order_summary(order))

    @routes.put("/orders/<code>/answer")
    def set_answers(code: str) -> Response:
        fields = json_object()
        with store.lock:
            order = store.find_order(code) or store.add_sample_order(code, _number(fields.get("order")))
            _set_answers(store, order, fields)
            return json_answer(order_summary(order))


def _add_products(routes: Blueprint, store: Store) -> None:
    @routes.post("/products")
    def add_product() -> Response:
        try:
            product = read_product(str(json_object().get("product")))
        except ValueError as reason:
            raise Problem(400, "INVALID_PARAMETER", str(reason)) from None
        with store.lock:
            store.add_product(product)
        return json_answer({"product": describe(product)}, 201)


def _add_call_log(routes: Blueprint, store: Store) -> None:
    @routes.get("/calls")
    def list_calls() -> Response:
        with store.lock:
            return json_answer(list(store.calls))

    @routes.delete("/calls")
    def clear_calls() -> Response:
        with store.lock:
            store.calls.clear()
        return Response(status=204)


def _add_faults(routes: Blueprint, store: Store) -> None:
    @routes.post("/faults")
    def set_fault() -> Response:
        fault = read_fault(json_object())
        with store.lock:
            store.faults.append(fault)
        return json_answer(fault.body(), 201)

    @routes.get("/faults")
    def list_faults() -> Response:
        with store.lock:
            return json_answer([fault.body() for fault in store.faults])

    @routes.delete("/faults")
    def end_faults() -> Response:
        with store.lock:
            store.faults.clear()
        return Response(status=204)


def _number(canned: Any) -> int:
    value = canned.get("orderId") if isinstance(canned, dict) else None
    return value if type(value) is int else 0


def _set_answers(store: Store, order: Order, fields: dict[str, Any]) -> None:
    canned = _with_both_names(_checked(fields.get("order")))
    order.canned = {"order": canned, "receipt": _checked(fields.get("receipt"))}
    id_key = canned.get("idKey") if isinstance(canned, dict) else None
    if isinstance(id_key, str):
        store.know_id_key(order, id_key)


def _checked(canned: Any) -> Any:
    is_status = type(canned) is int and 400 <= canned <= 599
    if canned is None or canned == "error" or is_status or isinstance(canned, dict):
        return canned
    raise Problem(400, "INVALID_PARAMETER", 'an answer is an object, a status from 400, "error" or null')


def _with_both_names(canned: Any) -> Any:
    """StepPay gives number and code under two names each; a vector that sets one means both."""
    if not isinstance(canned, dict) or "raw" in canned:
        return canned
    pairs = (("orderId", "id"), ("id", "orderId"), ("orderCode", "code"), ("code", "orderCode"))
    return {other: canned[name] for name, other in pairs if name in canned} | canned
