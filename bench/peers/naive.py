"""Flask + `requests.get`: what a short tutorial would write. Served by granian, as we are."""

from __future__ import annotations

import os
from typing import Any

import requests
from flask import Flask, jsonify, request

from bench.peers.check import judge

STEPPAY, HEADERS = os.environ["STEPPAY_API_URL"], {"Secret-Token": os.environ["STEPPAY_SECRET_TOKEN"]}
app = Flask(__name__)


@app.get("/healthz")
def alive() -> Any:
    return jsonify({"status": "ok"})


@app.post("/v1/verify")
def verify() -> Any:
    code = request.get_json()["orderCode"]
    order = ask(f"/api/v1/orders/{code}")
    receipt = ask(f"/api/payment/receipt/{order['idKey']}")
    return jsonify(judge(code, order, receipt))


def ask(path: str) -> Any:
    answer = requests.get(STEPPAY + path, headers=HEADERS, timeout=8)
    answer.raise_for_status()
    return answer.json()
