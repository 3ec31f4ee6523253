"""Reads a form with a large file while it comes, part by part, so that nothing of it is held before it is wanted.

The handler is marked with ``middlewares.streams_form`` and asks for the form's token before it takes the file.
"""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, MultipartReader, web

from web.inputs import is_text

CHUNK = 256 * 1024
LONGEST_FIELD = 4000  # bytes
MOST_PARTS = 10


async def list_parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """The parts of a form, each as it comes."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPBadRequest
    try:
        reader: MultipartReader = await request.multipart()
        for _number in range(MOST_PARTS):
            part = await reader.next()
            if part is None:
                return
            if isinstance(part, BodyPartReader):
                yield part
    except (ValueError, LookupError) as error:  # such as a body that is cut off, or no boundary
        raise web.HTTPBadRequest from error


async def read_chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    """What a part holds, piece by piece; how much of it is taken, the caller decides."""
    while chunk := await _read(part, CHUNK):
        yield chunk


async def _read(part: BodyPartReader, size: int) -> bytes:
    """A body that ends in the middle of a part is the sender's fault."""
    try:
        return await part.read_chunk(size)
    except ValueError as error:
        raise web.HTTPBadRequest from error


async def read_text(part: BodyPartReader) -> str:
    """A short field as it was typed; empty when it is no text."""
    content = b""
    while chunk := await _read(part, LONGEST_FIELD):
        content += chunk
        if len(content) > LONGEST_FIELD:
            raise web.HTTPBadRequest
    text = content.decode("utf-8", "replace")
    return text if is_text(text) else ""
