"""What setup.cfg cannot say: a wheel carries its bill of materials (PEP 770), and each machine makes the same wheel.

Why: docs/decisions/0015. Everything else about the package is in setup.cfg.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools import sbom


class WheelWithBill(bdist_wheel):
    """Its `write_wheelfile` is setuptools' last step before the files are packed."""

    def write_wheelfile(self, wheelfile_base: str, *arguments: Any, **options: Any) -> None:
        super().write_wheelfile(wheelfile_base, *arguments, **options)
        package, info = self.distribution, Path(wheelfile_base)
        sbom.write(info / "sboms", package.get_name(), package.get_version(), package.install_requires)
        for path in info.parent.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)  # else the builder's umask would be part of the wheel


setup(cmdclass={"bdist_wheel": WheelWithBill})
