"""The recipe for Spring, compiled and run with Debian's Spring Framework: Spring Boot itself is not packaged there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.recipes.cases import ORDERS
from tests.recipes.frame import ROOT, Shop, running, write
from widget_server.testing import NOTIFY_SECRET

JARS = Path("/usr/share/java")
NEEDED = (
    "spring3-aop spring3-beans spring3-context spring3-core spring3-expression spring3-jdbc spring3-transaction "
    "spring3-web spring3-web.servlet commons-logging h2 jackson-annotations jackson-core jackson-databind "
    "tomcat9-annotations-api tomcat9-api tomcat9-catalina tomcat9-coyote tomcat9-jaspic-api tomcat9-jni tomcat9-juli "
    "tomcat9-servlet-api tomcat9-util tomcat9-util-scan"
)
SOURCES = ("shop/StepPayVerifier.java", "shop/StepPayController.java", "Main.java")


@contextmanager
def spring_boot(server: str, folder: Path, port: int) -> Iterator[Shop]:
    path = [JARS / f"{name}.jar" for name in NEEDED.split()]
    if not shutil.which("javac") or not all(jar.exists() for jar in path):
        pytest.skip("javac or Debian's Spring is not installed; tools/setup.sh browsers installs them on Debian")
    classes = ":".join(map(str, [folder, *path]))
    write("spring-boot", server, folder)
    shutil.copy(ROOT / "tests" / "recipes" / "spring" / "Main.java", folder)
    (folder / "orders.txt").write_text("\n".join(ORDERS.values()), "utf-8")
    subprocess.run(["javac", "-proc:none", "-d", ".", "-cp", classes, *SOURCES], cwd=folder, check=True)
    with running(["java", "-cp", classes, "shop.Main", str(port), server, NOTIFY_SECRET], folder, port) as url:
        yield Shop(url, server, lambda code: int(requests.get(f"{url}/fulfilled/{code}", timeout=60).text))
