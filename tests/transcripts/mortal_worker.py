"""A worker to be killed: the real one with an engine that is quick and says at which second it heard something.

``python -m tests.transcripts.mortal_worker DATABASE_URL FOLDER``
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from transcripts import batches
from transcripts.engines.settings import WhisperSettings
from transcripts.gate import RATE, Samples
from transcripts.speech import Decoded, Prompt, Window
from transcripts.work import Folders
from transcripts.worker import Worker, WorkerSettings
from web.database import Database


class Quick:
    window: Final[Window] = "utterance"

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        return Decoded(f"Câu dài {len(samples)} mẫu.", -0.1, 0.0, 5)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


async def work(url: str, folder: Path) -> None:
    settings = WorkerSettings(
        Folders(folder / "recordings", folder / "documents"),
        WhisperSettings(""),
        lease=timedelta(seconds=1.5),
        renew_every=0.3,
        poll_every=0.05,
    )
    await Worker(Database(url), settings, lambda: datetime.now(UTC), lambda _settings: Quick()).run(asyncio.Event())


if __name__ == "__main__":
    batches.LONGEST = 8 * RATE  # several batches for each recording
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
