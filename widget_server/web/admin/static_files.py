"""The pages' own files, from memory. For this origin alone, and asked about each time: an upgrade shows at once."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from widget_server.domain.subresource_integrity import version

_FILES = {
    "admin.css": ("css/admin.css", "text/css; charset=utf-8"),
    "admin.js": ("js/admin.js", "text/javascript; charset=utf-8"),
    "mark.svg": ("img/mark.svg", "image/svg+xml"),
}


def files_blueprint(static_dir: Path) -> Blueprint:
    blueprint = Blueprint("admin_files", __name__)
    files = {name: ((static_dir / path).read_bytes(), kind) for name, (path, kind) in _FILES.items()}

    @blueprint.get("/admin/assets/<name>")
    def asset(name: str) -> Response:
        if name not in files:
            raise NotFound
        content, kind = files[name]
        response = Response(content, content_type=kind)
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(version(content))
        response.make_conditional(request)
        return response

    return blueprint
