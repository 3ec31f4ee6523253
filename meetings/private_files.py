"""Writing what nobody but the server's own account may read, such as keys and documents."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """For the owner alone, never half, and there after a power cut."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
