"""How a page pins the exact bytes of the widget: the versioned name, and the hash that the browser checks."""

import base64
import hashlib

_VERSION_LENGTH = 16


def version(content: bytes) -> str:
    """16 hexadecimal digits of SHA-256: the part of the file's name that changes with its content."""
    return hashlib.sha256(content).hexdigest()[:_VERSION_LENGTH]


def versioned_path(widget: bytes) -> str:
    """`/v1/widget-<version>.js`: the widget with exactly this content, and never with another."""
    return f"/v1/widget-{version(widget)}.js"


def address_hash(content: bytes) -> str:
    """SHA-256 in base64 without the sign at its end: what the widget knows of the file that it loads for offers."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute (W3C Subresource Integrity, 3.5)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
