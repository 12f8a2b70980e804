"""A real database and a real blob folder, in a temporary folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data.blobs import Blobs
from data.db import Database
from tests.data.shelf import Shelf


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "state" / "ownhand.sqlite3")
    yield database
    await database.aclose()


@pytest.fixture
async def shelf(db: Database) -> Shelf:
    return Shelf(db=db)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "state" / "blobs")
