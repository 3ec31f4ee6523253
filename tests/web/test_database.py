"""A database server that cannot be reached fails like any other failure of a database."""

import asyncio
import socket

import pytest
from sqlalchemy.exc import DBAPIError

from web.database import Database

STARTING = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"  # an ErrorResponse


async def fail_to_reach(port: int) -> None:
    database = Database(f"postgresql+asyncpg://giaoban@127.0.0.1:{port}/giaoban")
    try:
        with pytest.raises(DBAPIError):
            async with database.read() as session:
                await session.connection()
    finally:
        await database.close()


async def test_server_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    await fail_to_reach(port)


async def test_server_that_is_still_starting() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # SSLRequest
        writer.write(b"N")
        await reader.read(1000)  # StartupMessage
        writer.write(b"E" + (len(STARTING) + 4).to_bytes(4, "big") + STARTING)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        await fail_to_reach(server.sockets[0].getsockname()[1])
