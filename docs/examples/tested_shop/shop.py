"""A small shop that sells tea, for once, every month, and free for the first month. Its tests are in `test_shop.py`."""

import sqlite3
from contextlib import closing

from flask import Flask, abort, current_app, request

from widget_server import StepPayCheckout
from widget_server.merchant import VerdictVerificationError

TABLES = """
CREATE TABLE IF NOT EXISTS sales (code TEXT PRIMARY KEY, amount INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'open');
CREATE TABLE IF NOT EXISTS parcels (id INTEGER PRIMARY KEY, order_code TEXT NOT NULL REFERENCES sales (code));
CREATE TABLE IF NOT EXISTS members (subscription_id INTEGER PRIMARY KEY, order_code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS renewals (order_code TEXT PRIMARY KEY, first_order TEXT NOT NULL);
"""
GOODS = {"tea": ("product_tea", "price_tea"), "club": ("product_club", "price_club")}  # codes of StepPay's portal
checkout = StepPayCheckout()


def create_app(config):
    app = Flask(__name__)
    app.config.update(config)
    checkout.init_app(app)
    with closing(sqlite3.connect(app.config["SHOP_DATABASE"])) as database:
        database.executescript(TABLES)
    app.post("/order/<name>")(order)
    app.post("/paid")(receive_token)
    app.get("/thanks")(thank)
    return app


def connect():
    return closing(sqlite3.connect(current_app.config["SHOP_DATABASE"]))


def run(statement, *values):
    """One statement in a transaction of its own; its rows."""
    with connect() as database, database:
        return database.execute(statement, values).fetchall()


def sell(order_code, amount):
    run("INSERT INTO sales (code, amount) VALUES (?, ?)", order_code, amount)


def find_sale(order_code):
    rows = run("SELECT amount, state FROM sales WHERE code = ?", order_code)
    return rows[0] if rows else None


def order(name):
    """The shopper clicks. StepPay says what it costs, and no payment of another amount will count."""
    product, price = GOODS.get(name) or abort(404)
    made = checkout.create_order(
        customer={"name": "김달래", "email": "shopper@example.com"},
        items=[{"productCode": product, "priceCode": price}],
    )
    sell(made.order_code, made.amount)
    return {"order_code": made.order_code}


def receive_token():
    """The page sends what the widget gave it."""
    order_code = request.form.get("order_code", "")
    sale = find_sale(order_code) or abort(404)
    try:
        verdict = checkout.verify(request.form.get("steppay-token"), order_code=order_code, amount=sale[0])
    except VerdictVerificationError:
        abort(400)
    if verdict.is_fulfillable:
        fulfill_once(order_code)
    elif verdict.verdict == "failed":
        run("UPDATE sales SET state = 'failed' WHERE code = ? AND state = 'open'", order_code)
    return {"state": find_sale(order_code)[1]}


def thank():
    """The shopper comes back. The address proves nothing: the page shows what the shop knows."""
    sale = find_sale(request.args.get("order_code", "")) or abort(404)
    return {"state": sale[1]}


@checkout.on("payment.paid", "payment.no_charge")
def fulfill(event):
    sale = find_sale(event.order_code)
    if sale is None:
        return  # an order of another shop
    if not event.is_fulfillable or (event.data["amount"], event.data["currency"]) != (sale[0], "KRW"):
        return
    for subscription_id in event.data["subscriptionIds"]:
        run("INSERT INTO members VALUES (?, ?) ON CONFLICT DO NOTHING", subscription_id, event.order_code)
    fulfill_once(event.order_code)


@checkout.on("payment.refunded")
def take_back(event):
    run("UPDATE sales SET state = 'refunded' WHERE code = ?", event.order_code)


@checkout.on("renewal.paid")
def renew(event):
    for subscription_id in event.data["subscriptionIds"]:
        for (first_order,) in run("SELECT order_code FROM members WHERE subscription_id = ?", subscription_id):
            run("INSERT INTO renewals VALUES (?, ?) ON CONFLICT DO NOTHING", event.order_code, first_order)


def fulfill_once(order_code):
    """The token, the webhook and their repeats all lead here: the state of the sale lets one of them through."""
    with connect() as database, database:  # one transaction: both or none
        sent = "UPDATE sales SET state = 'sent' WHERE code = ? AND state IN ('open', 'failed')"
        if database.execute(sent, (order_code,)).rowcount:
            database.execute("INSERT INTO parcels (order_code) VALUES (?)", (order_code,))
