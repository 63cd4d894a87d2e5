"""The language of a page, and money in it."""

from flask import request


def page_language() -> str:
    """That of the address, else the browser's; Korean when neither says English, as at the widget server."""
    wanted = request.args.get("lang") or request.accept_languages.best_match(("ko", "en"))
    return "en" if wanted == "en" else "ko"


def won(amount: int, lang: str) -> str:
    return f"{amount:,}원" if lang == "ko" else f"₩{amount:,}"
