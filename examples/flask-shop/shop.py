"""A small shop that sells with StepPay: beans, and a membership by the month with or without a free trial."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask import Flask, abort, flash, redirect, render_template, request, session, url_for
from models import Base, Fulfillment, Order
from sqlalchemy import create_engine, func, or_, select
from sqlalchemy.orm import sessionmaker

from widget_server import StepPayCheckout
from widget_server.errors import InvalidRequest, WidgetServerError

PRODUCTS = tomllib.loads(Path(__file__).with_name("products.toml").read_text("utf-8"))

app = Flask(__name__)
app.config.from_prefixed_env()  # FLASK_SECRET_KEY, FLASK_DATABASE_URL
url = app.config.get("DATABASE_URL", f"sqlite:///{app.instance_path}/shop.db")
if url.startswith("postgresql:"):
    app.config["WIDGET_DATABASE_URL"] = url  # one database for both; in SQLite each has a file of its own
checkout = StepPayCheckout(app)
database = sessionmaker(create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1)))


@checkout.on("payment.paid", "payment.no_charge", "renewal.paid", "payment.refunded")
def settle(event):
    """Each event comes at least once, in any order, for every order of the StepPay account."""
    with database.begin() as rows:
        numbers = event.data["subscriptionIds"]
        order = rows.scalar(select(Order).where(or_(Order.code == event.order_code, Order.subscription.in_(numbers))))
        if order is None:
            return  # of another shop
        order.subscription = order.subscription or next(iter(numbers), None)  # tells whose the renewals are
        given = rows.get(Fulfillment, event.order_code)
        if event.type == "payment.refunded":
            given = given or Fulfillment(payment=event.order_code, order=order)
            given.is_taken_back = True
            rows.add(given)
        elif event.is_fulfillable and given is None:
            rows.add(Fulfillment(payment=event.order_code, order=order, until=member_until(order, event)))


def member_until(order, event):
    """The last day that this payment pays for. None: goods, which the shop packs now."""
    days = 31 if event.type == "renewal.paid" else PRODUCTS[order.product]["days"]
    paid = [one.until for one in order.fulfillments if one.until and not one.is_taken_back]
    return max([*paid, today()]) + timedelta(days=days) if days else None


def today() -> date:
    return datetime.now(UTC).date()


@app.get("/")
def home():
    return render_template("home.html", products=PRODUCTS)


@app.get("/products/<name>")
def product(name):
    return render_template("product.html", product=PRODUCTS.get(name) or abort(404))


@app.post("/products/<name>")
def order(name):
    """The order is made on the click: one that a page made at each view would fill the shop with orders."""
    wanted = PRODUCTS.get(name) or abort(404)
    item = {"productCode": wanted["product_code"], "priceCode": wanted["price_code"]}
    try:
        made = checkout.create_order(customer={key: request.form[key] for key in ("name", "email")}, items=[item])
    except InvalidRequest:
        flash("이름과 이메일을 확인해 주세요.")
        return redirect(url_for("product", name=name))
    if made.amount != wanted["price"]:
        abort(503)  # the price at StepPay is another one than on this page
    with database.begin() as rows:
        rows.add(Order(code=made.order_code, product=name, amount=wanted["price"]))
    session["orders"] = [*session.get("orders", [])[-20:], made.order_code]
    return redirect(url_for("pay", code=made.order_code))


@app.get("/orders/<code>")
def pay(code):
    """For the customer alone: an order code stands in addresses and is no secret."""
    with database() as rows:
        mine = rows.get(Order, code) if code in session.get("orders", []) else None
        if mine is None:
            abort(404)
        return render_template("order.html", order=mine, product=PRODUCTS[mine.product])


@app.get("/club")
def club():
    with database() as rows:
        valid = Fulfillment.order_code.in_(session.get("orders", [])), Fulfillment.is_taken_back.is_(False)
        until = rows.scalar(select(func.max(Fulfillment.until)).where(*valid))
    return render_template("club.html", until=until, is_member=until is not None and until >= today())


@app.errorhandler(WidgetServerError)
@app.errorhandler(503)
def sorry(_error):
    return render_template("sorry.html"), 503


@app.cli.command("create-tables")
def create_tables():
    Base.metadata.create_all(database.kw["bind"])
