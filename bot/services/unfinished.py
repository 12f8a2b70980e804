"""What an earlier command of the host has left: a training that goes on, or a style imported."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.imports import ImportOrder, ImportService
from bot.services.store import Store
from data.models import HOST, Job, JobKind, Style
from data.repos.styles import fold_name


async def unfinished(store: Store, style: str) -> Job | None:
    """Find the host's training of this name that has not ended."""
    for job in await store.jobs.active(HOST):
        if job.kind is JobKind.TRAIN and job.style_id is not None:
            known = await store.styles.get(job.style_id)
            if fold_name(known.name) == fold_name(style):
                return job
    return None


async def imported(imports: ImportService, store: Store, order: ImportOrder) -> Style:
    """Import a file for the host, or find what an earlier try made of a file of its name.

    UserError as `ImportService.take`.
    """
    try:
        return (await imports.take(order)).style
    except UserError as refusal:
        if refusal.key != "import.name_taken":
            raise
        for style in await store.styles.of_owner(HOST):
            same_name = fold_name(style.name) == fold_name(str(refusal.facts["name"]))
            if same_name and style.source_file == order.path.name:
                return style
        raise
