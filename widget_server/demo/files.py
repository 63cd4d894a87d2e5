"""The files of the demo's pages.

Read whole: werkzeug's server leaves an open file to the garbage collector where a browser resets its connection.
"""

from collections.abc import Collection
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, abort


def file_routes(static_dir: Path, names: Collection[str]) -> Blueprint:
    """Only these: the folder also holds the files of other servers."""
    routes = Blueprint("files", __name__)

    @routes.get("/static/<path:name>")
    def file(name: str) -> Response:
        if name not in names:
            abort(404)
        return Response((static_dir / name).read_bytes(), mimetype=guess_type(name)[0])

    return routes
