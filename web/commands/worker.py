"""``giaoban worker``: transcribes, drafts, renders and indexes in a process of its own, until SIGINT or SIGTERM."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from meetings.room_models import Paper
from transcripts.engines.settings import WhisperSettings
from transcripts.redraft_client import RedraftSettings
from transcripts.search.indexer import Indexer
from transcripts.search.reading import read_pages
from transcripts.work import Folders
from transcripts.worker import Worker, WorkerSettings
from web.children import end_with_parent
from web.commands.running import read_config, utc_now
from web.config import Config
from web.database import Database
from web.logs import open_log
from web.press import PATIENCE, run_apart
from web.priority import step_back


def worker(
    parent: Annotated[int, typer.Option(hidden=True, help="End when this process ends.")] = 0,
) -> None:
    """Transcribe recordings, draft minutes and render documents, until SIGINT or SIGTERM.

    Any number of workers may share a database. Settings come from the environment (GIAOBAN_*, see the README). A worker
    that stops hands its job back; the job of one that is killed goes to another worker after half a minute.
    """
    if parent:
        end_with_parent(parent)
    config = read_config()
    open_log(config)
    step_back()
    if asyncio.run(work(config)):
        sys.stderr.flush()
        os._exit(0)  # a thread is deep in a model that cannot be interrupted; its job has been handed back


async def work(config: Config) -> bool:
    """Work until a signal asks to stop. True when a thread was left behind."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(config.sqlalchemy_url)
    try:
        running = Worker(database, worker_settings(config), utc_now)

        async def read_paper(paper: Paper) -> Sequence[str]:
            return await run_apart(PATIENCE, read_pages, config.papers / paper.path, paper.media_type)

        async with asyncio.TaskGroup() as group:
            group.create_task(running.run(stop))
            group.create_task(Indexer(database, utc_now, read_paper).run(stop))
    finally:
        await database.close()
    return running.left_behind


def worker_settings(config: Config) -> WorkerSettings:
    return WorkerSettings(
        folders=Folders(config.recordings, config.documents),
        whisper=whisper_settings(config),
        threshold=config.threshold,
        redraft=redraft_settings(config),
    )


def redraft_settings(config: Config) -> RedraftSettings | None:
    if not config.redraft_url:
        return None
    key = config.redraft_key.get_secret_value()
    return RedraftSettings(config.redraft_url, config.redraft_model, key, config.redraft_seconds)


def whisper_settings(config: Config) -> WhisperSettings:
    return WhisperSettings(
        model=config.whisper_model,
        window=config.whisper_window,
        threads=config.whisper_threads,
        kept=config.models,
        engine=config.whisper_engine,
        device=config.whisper_device,
        compute=config.whisper_compute,
        beams=config.whisper_beams,
    )
