"""Static files: read once, served from memory under a name that changes with their content.

The name of a file is ``/static/<digest>/<path>``, where the digest covers every file. So an import between scripts and
a ``url()`` in a stylesheet may be relative and still changes its name with every release, and a browser may keep what
it has for a year. A request without the present digest gets the present file and must ask again next time.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?["']\./([\w-]+\.js)["'];""", re.MULTILINE)
WORTH_PACKING = 1024  # bytes
TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest+json")
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    content: bytes
    packed: bytes | None  # gzip, where it is worth it
    content_type: str


@cache
def load_assets() -> tuple[str, dict[str, Asset]]:
    """The digest of all files, and the files by their path below ``static/``."""
    digest = hashlib.sha256()
    assets = {}
    for file in sorted(FOLDER.rglob("*")):
        path = file.relative_to(FOLDER).as_posix()
        if not file.is_file() or path.endswith((".json", ".md", ".txt")):
            continue
        content = file.read_bytes()
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
        content_type = TYPES.get(file.suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
        packs = content_type.startswith(TEXT) and len(content) > WORTH_PACKING
        packed = gzip.compress(content, 9, mtime=0) if packs else None
        assets[path] = Asset(content, packed, content_type)
    return digest.hexdigest()[:16], assets


def static(path: str) -> str:
    """The address of a static file. Raises ``KeyError`` for one that does not exist, so that a typo shows at once."""
    digest, assets = load_assets()
    if path not in assets:
        raise KeyError(f"no static file {path}")
    return f"/static/{digest}/{path}"


@cache
def list_modules(path: str) -> tuple[str, ...]:
    """The addresses of everything that a script imports, so that a page can ask for all of it at once.

    Without that a browser learns of each import only from the file before, which takes seconds on a slow link.
    """
    _digest, assets = load_assets()
    found, waiting = {path}, [path]
    while waiting:
        script = waiting.pop()
        for name in IMPORT.findall(assets[script].content.decode()):
            if (imported := posixpath.join(posixpath.dirname(script), name)) not in found:
                found.add(imported)
                waiting.append(imported)
    return tuple(static(name) for name in sorted(found - {path}))


async def serve_static(request: web.Request) -> web.Response:
    digest, assets = load_assets()
    first, _, rest = request.match_info["path"].partition("/")
    current = first == digest and rest in assets
    path = rest if rest in assets else request.match_info["path"]
    asset = assets.get(path)
    if asset is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": FOREVER if current else "no-cache", "Vary": "Accept-Encoding"}
    etag = f'"{digest}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={**headers, "ETag": etag})
    headers["ETag"] = etag
    body = asset.content
    if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = asset.packed
    charset = "utf-8" if asset.content_type.startswith("text/") else None
    return web.Response(body=body, content_type=asset.content_type, charset=charset, headers=headers)
