"""Who may see and change drawings, who a style: its owner alone."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.store import Store
from data.errors import NotFound
from data.models import Dataset, DatasetId, OwnerId, Style, StyleId


async def own_style(store: Store, style_id: StyleId, owner_id: OwnerId) -> Style:
    """Return the style to its owner; UserError style.not_yours, also when there is none."""
    try:
        style = await store.styles.get(style_id)
    except NotFound:
        raise UserError("style.not_yours") from None
    if style.owner_id != owner_id or style.deleted_ms is not None:
        raise UserError("style.not_yours")
    return style


async def own_dataset(store: Store, dataset_id: DatasetId, owner_id: OwnerId) -> Dataset:
    """Return the dataset to its owner; UserError train.unknown_dataset, also for somebody else."""
    try:
        dataset = await store.datasets.get(dataset_id)
    except NotFound:
        raise UserError("train.unknown_dataset") from None
    if dataset.owner_id != owner_id:
        raise UserError("train.unknown_dataset")
    return dataset


async def own_draft(store: Store, dataset_id: DatasetId, owner_id: OwnerId) -> Dataset:
    """Return what may still be changed; UserError as `own_dataset`, and train.sealed."""
    dataset = await own_dataset(store, dataset_id, owner_id)
    if dataset.sealed_ms is not None:
        raise UserError("train.sealed", name=dataset.name)
    return dataset
