"""The page's styles and scripts, under an address that changes with their content."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from skill.channels.wire import RefusedError

FOLDER = Path(__file__).parent / "static"
BLUEPRINT = Blueprint("static_files", __name__)
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def version() -> str:
    """Of all the files together: scripts name one another by relative addresses."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@BLUEPRINT.get("/static/<version_asked>/<name>")
def file(version_asked: str, name: str) -> ResponseReturnValue:
    """A file; kept for good where it was asked for as it is now."""
    path, kind = FOLDER / name, _KINDS.get(Path(name).suffix)
    if not kind or not path.is_file():
        raise RefusedError("not_found", code=404)
    answer = current_app.response_class(path.read_bytes(), mimetype=kind)
    answer.add_etag()
    current = version_asked == version()
    answer.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if current else "no-cache"
    )
    return answer.make_conditional(request)


@BLUEPRINT.app_context_processor
def _names() -> dict[str, object]:
    return {"static_version": version()}
