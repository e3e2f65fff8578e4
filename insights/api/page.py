"""The page: its files as they are, from the process that answers its questions."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec
from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response

from insights.api.entrance import OPEN
from insights.api.problem import NOT_FOUND, ApiRequest, ProblemError
from insights.dictionary import dictionary
from insights.sentences import say

_KINDS: Final = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_TAG_LENGTH: Final = 16
_WORDS: Final = "words.json"
_OPEN: Final = {OPEN: True}
"""The page says nothing: what it asks needs a token, where there are any."""


@cache
def static_files() -> dict[str, tuple[bytes, str, str]]:
    """Name → content, media type and tag of every file of the page."""
    folder = files("insights.page").joinpath("static")
    found = {}
    for file in folder.iterdir():
        kind = _KINDS.get(file.name.rpartition(".")[2])
        if kind:
            found[file.name] = _told(file.read_bytes(), kind)
    del found[_WORDS]  # a reader needs one language of it
    for language, words in dictionary().items():
        content = msgspec.json.encode(words)
        found[f"words-{language}.json"] = _told(content, _KINDS["json"])
    return found


def _told(content: bytes, kind: str) -> tuple[bytes, str, str]:
    return content, kind, f'"{sha256(content).hexdigest()[:_TAG_LENGTH]}"'


@get("/", opt=_OPEN, include_in_schema=False)
async def show_page(request: ApiRequest) -> Response[bytes]:
    """The page."""
    return _file("index.html", request)


@get("/page/{name:str}", opt=_OPEN, include_in_schema=False)
async def show_file(name: FromPath[str], request: ApiRequest) -> Response[bytes]:
    """One of its files."""
    return _file(name, request)


def _file(name: str, request: ApiRequest) -> Response[bytes]:
    if name not in static_files():
        raise ProblemError(NOT_FOUND, say("file"))
    content, kind, tag = static_files()[name]
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return Response(b"", status_code=304, headers=headers, media_type=kind)
    return Response(content, headers=headers, media_type=kind)


ROUTER = Router("/", route_handlers=[show_page, show_file])
