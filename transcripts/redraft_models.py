"""The table of redrafts: who asked for one, and what became of each item."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class Redraft(SQLModel, table=True):
    """``items``: for each item asked ``{"title", "claims": [{"text", "segments"}], "reason"}``; a reason as it is kept
    by ``errors.Reason``, empty where the claims were taken over."""

    id: int | None = Field(default=None, primary_key=True)
    minutes_id: int = Field(foreign_key="minutes.id", index=True)
    asked_by: str = Field(max_length=150)
    asked_at: datetime
    finished_at: datetime | None = None
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
