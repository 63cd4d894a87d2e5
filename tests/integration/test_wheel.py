"""People install the wheel, not the checkout: it must carry its pages and scripts, and run by itself."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests.support.wheel_building import ROOT, build_wheel, copy_checkout, plain_environment, run
from tools.lockfiles import python_lock
from widget_server.web.documents import served_names

START_SECONDS = 60


@dataclass(frozen=True)
class Installed:
    """A virtual environment that holds the wheel and sees this one's libraries, but not our checkout."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return next(self.folder.glob("lib/python*/site-packages"))


@dataclass(frozen=True)
class Demo:
    shop: str
    server: str
    simulator: str
    brand: str


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(copy_checkout(tmp_path_factory.mktemp("wheel") / "source"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Installed:
    target = Installed(wheel.parent / "env")
    run(sys.executable, "-m", "venv", "--without-pip", target.folder, cwd=wheel.parent)
    pip = (sys.executable, "-m", "pip", "--python", target.python, "install", "-q", "--no-index", "--no-deps")
    run(*pip, wheel, cwd=wheel.parent)
    # A folder named in a .pth file joins sys.path without its own .pth files: the editable install stays out.
    (target.site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return target


@pytest.fixture(scope="module")
def demo(installed: Installed, free_port: Callable[[], int]) -> Iterator[Demo]:
    """As `uvx` and `pipx run` start it: in an empty folder, without git, make and Node on the PATH."""
    home = installed.folder.parent / "home"
    home.mkdir()
    environ = plain_environment(home) | {"PATH": str(installed.folder / "bin")}
    names = ("shop", "server", "simulator", "brand")
    shop, server, simulator, brand = (free_port() for _ in names)
    ports = [part for name, port in zip(names, (shop, server, simulator, brand), strict=True)
             for part in (f"--{name}-port", str(port))]  # fmt: skip
    log = home / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [installed.folder / "bin" / "widget-server", "demo", *ports],
            cwd=home, env=environ, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        for port in (simulator, server, shop, brand):
            wait_until_it_answers(f"http://127.0.0.1:{port}/", process, log)
        yield Demo(*(f"http://127.0.0.1:{port}" for port in (shop, server, simulator, brand)))
    finally:
        stop(process)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=60).close()
        except urllib.error.HTTPError as answer:  # 404 is an answer too
            answer.close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    pytest.fail(f"{url} did not answer:\n{log.read_text(errors='replace')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetch(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.headers.get_content_type(), answer.read()


def test_the_wheel_carries_every_page_script_style_and_picture(installed: Installed) -> None:
    package = installed.site_packages / "widget_server"
    wanted = [p for folder in ("static", "templates") for p in (ROOT / folder).rglob("*") if p.is_file()]
    wanted = [p for p in wanted if not p.is_relative_to(ROOT / "static/js/src") and p.suffix != ".py"]
    wanted += [ROOT / "docs" / name for name in ("llms.txt", *served_names())]
    lacking = [str(p.relative_to(ROOT)) for p in wanted if not (package / p.relative_to(ROOT)).is_file()]
    assert lacking == []


def test_the_wheel_carries_every_module_and_the_types_mark(installed: Installed) -> None:
    checkout = {p.relative_to(ROOT) for p in (ROOT / "widget_server").rglob("*.py")}
    checkout.add(Path("widget_server/py.typed"))
    assert {str(p) for p in checkout if not (installed.site_packages / p).is_file()} == set()


def test_the_installed_package_is_the_one_that_runs(installed: Installed, tmp_path: Path) -> None:
    where = run(installed.python, "-c", "import widget_server; print(widget_server.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.site_packages)


def test_the_installed_helper_of_the_merchant_loads(installed: Installed, tmp_path: Path) -> None:
    program = "from widget_server.merchant import verify_verdict as v; print(v.__module__)"
    assert run(installed.python, "-W", "error", "-c", program, cwd=tmp_path) == "widget_server.merchant.verdicts\n"


INERT = """
import importlib.metadata
import sys
from pathlib import Path

import pytest


def test_the_plugin_is_there_and_has_loaded_nothing(request):
    plugin = request.config.pluginmanager.get_plugin("steppay")
    assert Path(plugin.__file__).is_relative_to(sys.prefix)
    ours = {name for name in sys.modules if name.startswith("widget_server")}
    assert ours == {"widget_server", "widget_server.testing", "widget_server.testing.plugin"}
"""

SHOP_SUITE = """
import sys

import pytest
from flask import Flask

from widget_server import StepPayCheckout
from widget_server.testing import deliver, signed_delivery


def refuse_the_outside(event, args):
    if event in {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}:
        address = args[1] if event in {"socket.connect", "socket.sendto"} else args
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "localhost"}:
            raise RuntimeError("beyond loopback")


sys.addaudithook(refuse_the_outside)


def test_a_sale(steppay_settings, steppay_flow, steppay_simulator):
    app, events = Flask(__name__), []
    app.config.update(steppay_settings)
    StepPayCheckout(app).on("payment.paid")(events.append)
    steppay_flow(app).buy(steppay_simulator.order().code)
    deliver(app, signed_delivery("payment.paid", order_code="order_x"))
    steppay_flow(app).work()
    assert len(events) == 2
"""


@pytest.mark.parametrize("suite", [INERT, SHOP_SUITE], ids=["unused", "used"])
def test_the_installed_plugin_is_found_by_its_entry_point(installed: Installed, tmp_path: Path, suite: str) -> None:
    (tmp_path / "test_shop.py").write_text(suite, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    output = run(installed.python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "1 passed" in output


def test_the_package_does_not_need_pytest(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
        info = next(name for name in names if name.endswith(".dist-info/METADATA"))
        needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", content.read(info).decode(), re.MULTILINE)
        entries = content.read(info.replace("METADATA", "entry_points.txt")).decode()
    assert "flask" in needed
    assert "pytest" not in needed
    assert "[pytest11]\nsteppay = widget_server.testing.plugin\n" in entries


SYSTEMS = {
    "Linux": ({"platform_machine": "x86_64"}, True),
    "Linux on Arm": ({"platform_machine": "aarch64"}, True),
    "macOS": ({"platform_machine": "arm64", "sys_platform": "darwin"}, True),
    "Windows": ({"platform_machine": "AMD64", "sys_platform": "win32"}, False),
    "Raspberry Pi OS, 32 bits": ({"platform_machine": "armv7l"}, False),
    "PyPy": ({"platform_machine": "x86_64", "implementation_name": "pypy"}, False),
    "a Python without wheels": ({"platform_machine": "x86_64", "python_version": "3.15"}, False),
}
COMPILED = {"pycurl", "brotli", "msgspec"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_plain_install_brings_libcurl_where_it_has_a_wheel(wheel: Path, system: str) -> None:
    machine, has_wheels = SYSTEMS[system]
    python = machine.get("python_version", "3.13")
    linux = {"sys_platform": "linux", "implementation_name": "cpython", "extra": ""}
    versions = {"python_version": python, "python_full_version": f"{python}.0"}
    needed = {
        one.name for one in requirements(wheel) if not one.marker or one.marker.evaluate(linux | machine | versions)
    }
    assert needed & COMPILED == (COMPILED if has_wheels else set())
    locked = {
        pin.name for pin in python_lock("production")
        if not pin.marker or Marker(pin.marker).evaluate(linux | machine | versions)
    }  # fmt: skip
    assert {re.sub("[_.]", "-", name.lower()) for name in needed} <= locked
    assert locked & COMPILED == needed & COMPILED


def requirements(wheel: Path) -> list[Requirement]:
    with zipfile.ZipFile(wheel) as content:
        info = next(name for name in content.namelist() if name.endswith(".dist-info/METADATA"))
        return [
            Requirement(line)
            for line in re.findall(r"^Requires-Dist: (.+)$", content.read(info).decode(), re.MULTILINE)
        ]


@pytest.mark.parametrize(
    ("missing", "transport"), [("", "CurlTransport"), ("pycurl brotli msgspec", "RequestsTransport")]
)
def test_the_installed_server_runs_with_and_without_them(
    installed: Installed, tmp_path: Path, missing: str, transport: str
) -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({missing.split()}));"
        "from widget_server.app import create_app;"
        "from widget_server.adapters.steppay.transport import open_transport;"
        "print(type(open_transport()).__name__)"
    )
    assert run(installed.python, "-W", "error", "-c", program, cwd=tmp_path) == f"{transport}\n"


def test_the_installed_server_publishes_its_keys(demo: Demo) -> None:
    kind, body = fetch(f"{demo.server}/.well-known/jwks.json")
    assert kind == "application/jwk-set+json"
    assert [set(key) for key in json.loads(body)["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}]


def test_the_installed_server_gives_the_widget_byte_for_byte(demo: Demo) -> None:
    kind, body = fetch(f"{demo.server}/v1/widget.js")
    assert kind in {"text/javascript", "application/javascript"}
    address = demo.server.replace("127.0.0.1", "widget.localhost").encode()
    assert body == (ROOT / "static/js/widget.js").read_bytes().replace(b"{server}", address)


def test_the_installed_demo_shop_shows_its_page(demo: Demo) -> None:
    kind, body = fetch(f"{demo.shop}/")
    assert kind == "text/html"
    assert b"</html>" in body


def test_the_installed_demo_is_whole_and_sells(demo: Demo) -> None:
    """Pages, documents, styles, the pay page and the portal; an order that is paid and reaches the shop's backend."""
    pages = [f"{demo.shop}/{path}" for path in ("pricing", "orders", "static/css/shop.css")]
    pages += [f"{demo.server}/{path}" for path in ("docs", "openapi.json", "llms.txt", "docs/deliveries.md", "v1/tag")]
    pages += [f"{demo.simulator}/portal"]
    pages += [f"{demo.brand}/{path}" for path in ("", "en.html.txt", "static/img/shop-drip-bags.svg")]
    assert [len(fetch(page)[1]) > 100 for page in pages] == [True] * len(pages)
    code = re.search(r'data-steppay-order="(order_[A-Za-z0-9]+)"', fetch(f"{demo.shop}/")[1].decode())
    assert code
    pay = f"{demo.simulator}/simulator/orders/{code[1]}/scenario"
    body = json.dumps({"scenario": "closed"}).encode()
    urllib.request.urlopen(urllib.request.Request(pay, body, {"Content-Type": "application/json"}), timeout=60).close()
    ends = time.monotonic() + START_SECONDS
    while code[1] not in fetch(f"{demo.shop}/orders")[1].decode():
        assert time.monotonic() < ends, "no webhook arrived"
        time.sleep(0.05)
