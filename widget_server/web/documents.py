"""The documents for shop developers, as the running server hands them out: with its own address and tag in place.

`docs/llms.txt` (llmstxt.org) is the index and the list: what it links to is served, nothing else (docs/decisions/0070).
"""

import posixpath
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

from widget_server.domain.subresource_integrity import integrity, versioned_path
from widget_server.web.assets import docs_dir

INDEX = "llms.txt"
EXAMPLE_URL = "https://pay.shop.kr"
"""The public URL in every document."""
_LISTED = re.compile(re.escape(f"({EXAMPLE_URL}/docs/") + r"([^()#\s]+)\)")
_LINK = re.compile(r"(?P<code>```.*?```|`[^`\n]+`)|!?\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)", re.DOTALL)
"""A link outside of code."""
_EXAMPLE_FILES = ("/v1/widget-….js", "/v1/widget-8f2c1d0e9b7a6543.js")
_POLICY_STARTS = ("script-src ", "connect-src ", '"script-src": "', '"connect-src": "')


@cache
def served_names() -> frozenset[str]:
    """Paths below `docs/`, such as `widget/tag.md`."""
    return frozenset(_LISTED.findall(_read(INDEX)))


def replacements(public_url: str, widget: bytes) -> Mapping[str, str]:
    """What stands in the documents, and what this server puts in its place, in this order."""
    source = f"{public_url}/" if urlsplit(public_url).path else public_url  # as `services.snippet.csp` has it
    return {
        **{file: versioned_path(widget) for file in _EXAMPLE_FILES},
        "sha384-…": integrity(widget),
        **{start + EXAMPLE_URL: start + source for start in _POLICY_STARTS},
        EXAMPLE_URL: public_url,
    }


def document(name: str, filled: Mapping[str, str]) -> str:
    """`name`: `llms.txt` or one of `served_names()`. `filled`: `replacements`."""
    text = _read(name)
    if name.endswith(".md"):
        text = _LINK.sub(lambda link: _reachable(link, posixpath.dirname(name)), text)
    for example, own in filled.items():
        text = text.replace(example, own)
    return text


def _reachable(link: re.Match[str], folder: str) -> str:
    """The link as it is where it leads to a served document; else its text alone."""
    if link["code"]:
        return link[0]
    path = link["target"].partition("#")[0]
    served = not path or ":" in path or posixpath.normpath(posixpath.join(folder, path)) in served_names()
    return link[0] if served else link["text"]


def _read(name: str) -> str:
    return (docs_dir() / name).read_text("utf-8")
