"""Assemble, build, check. Exit code 1 when a link leads nowhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.docs_site.links import broken_links, outside_files
from tools.docs_site.pages import ROOT, write_pages
from tools.docs_site.reference import write_reference


def build(target: Path) -> None:
    """The site into `target`, which is replaced. Raises CalledProcessError with the generator's own words."""
    with tempfile.TemporaryDirectory(prefix="docs-site-") as name:
        place = Path(name)
        write_pages(place / "docs")
        write_reference(place / "docs" / "reference")
        shutil.copyfile(ROOT / "tools/docs_site/zensical.toml", place / "zensical.toml")
        shutil.copytree(ROOT / "tools/docs_site/theme", place / "theme")
        shutil.copyfile(ROOT / "static/img/mark.svg", place / "docs/mark.svg")
        shutil.copyfile(ROOT / "tools/docs_site/site.css", place / "docs/site.css")
        subprocess.run([Path(sys.executable).with_name("zensical"), "build", "--clean"], cwd=place, check=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(place / "site", target)


def main() -> int:
    """Build into site/ and say what is wrong with it."""
    target = ROOT / "site"
    build(target)
    wrong = broken_links(target) + outside_files(target)
    print("\n".join(wrong) or f"{sum(1 for _ in target.rglob('*.html'))} pages, every link leads somewhere: site/")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
