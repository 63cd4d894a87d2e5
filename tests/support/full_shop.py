"""A shop with everything that a Flask application may have, some of it named like parts of the server."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, render_template, request, session
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS

BASE = "<title>{{ title }}</title>{% block page %}{% endblock %}"
PAGE = """{% extends "base.html" %}{% block page %}{{ g.user }} {{ config.SHOP }}
{{ url_for("orders.show", code="a") }}{% endblock %}"""


class Backwards(DefaultJSONProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json.dumps(obj, indent=3, sort_keys=True, default=str)


class Shop(Flask):
    json_provider_class = Backwards


def host(folder: Path) -> Shop:
    for name, text in (("base.html", BASE), ("page.html", PAGE)):
        (folder / "templates").mkdir(exist_ok=True)
        (folder / "templates" / name).write_text(text)
    (folder / "static").mkdir(exist_ok=True)
    (folder / "static" / "shop.css").write_text("body{}")
    app = Shop("shop", root_path=str(folder), instance_path=str(folder / "instance"))
    app.config.update(SECRET_KEY="k" * 32, SHOP="상점", SESSION_COOKIE_NAME="shop")
    CORS(app, resources={r"/api/*": {"origins": "*"}})
    for name in ("orders", "verify", "files", "checkouts"):
        app.register_blueprint(blueprint(name), url_prefix=f"/{name}")
    register_hooks(app)
    register_pages(app)
    return app


def blueprint(name: str) -> Blueprint:
    made = Blueprint(name, __name__)

    @made.get("/<code>/")
    def show(code: str) -> Response:
        return jsonify(order=code, day=date(2026, 11, 30), path=request.path)

    @made.errorhandler(410)
    def gone(_error: Exception) -> tuple[str, int]:
        return f"{name} is gone", 410

    @made.get("/gone")
    def end() -> None:
        abort(410)

    return made


def register_hooks(app: Flask) -> None:
    seen: list[str] = []
    app.extensions["seen"] = seen

    @app.before_request
    def before() -> Response | None:
        g.user = session.get("user", "guest")
        seen.append(request.path)
        return Response("blocked", 403) if "blocked" in request.args else None

    @app.after_request
    def after(response: Response) -> Response:
        response.headers["X-Shop"] = "yes"
        response.headers.setdefault("Cache-Control", "private")
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        seen.append("torn down")

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return "<h1>the shop's 404</h1>", 404

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[Response, int]:
        return jsonify(kind=type(error).__name__, code=getattr(error, "code", 500)), 500


def register_pages(app: Flask) -> None:
    @app.route("/")
    def home() -> str:
        return render_template("page.html", title="home")

    @app.route("/login", methods=["POST"])
    def login() -> Response:
        session["user"] = request.form["user"]
        return jsonify(host=request.host, address=request.remote_addr, root=request.script_root)

    @app.route("/api/price")
    def price() -> Response:
        return jsonify(price=10000, title="책")

    @app.route("/steppayment")
    def alike() -> str:
        return request.path

    @app.route("/broken")
    def bug() -> str:
        raise LookupError("a bug of the shop")
