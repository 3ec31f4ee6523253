"""Alembic's entry. The connection, with its transaction, comes from ``web.migrations``."""

from alembic import context
from sqlmodel import SQLModel

import meetings.calendar_models
import meetings.document_models
import meetings.exchange_models
import meetings.indicator_models
import meetings.invitation_models
import meetings.models
import meetings.room_models
import meetings.signature_models
import meetings.task_models
import transcripts.archive_models
import transcripts.minutes_models
import transcripts.models
import transcripts.redraft_models
import transcripts.upload_models

READ = (
    meetings.models,
    meetings.room_models,
    meetings.calendar_models,
    meetings.invitation_models,
    meetings.exchange_models,
    meetings.indicator_models,
    meetings.task_models,
    transcripts.archive_models,
    transcripts.minutes_models,
    transcripts.models,
    transcripts.redraft_models,
)  # reading them is what fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    render_as_batch=True,
)
context.run_migrations()
