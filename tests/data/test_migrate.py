"""Migrations make today's schema, whole or not at all."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import data.migrate
from data.db import Database
from data.errors import DatabaseTooNew
from data.migrate import Migration, list_migrations, migrate, read_version

SCHEMA = Path(data.migrate.__file__).with_name("schema.sql")
LATEST = len(list_migrations())


def describe(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    # SQLite drops a last column together with the white space after it.
    bare = {name: re.sub(r"--[^\n]*|\s+(?=\))", "", sql) for name, sql in rows}
    return {name: re.sub(r"\s+", " ", sql) for name, sql in bare.items()}


def user_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_migrations_make_the_schema_that_schema_sql_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    migrate(path)
    with closing(sqlite3.connect(path)) as migrated, closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA.read_text(encoding="utf-8"))
        assert describe(migrated) == describe(fresh)


def test_every_table_is_strict() -> None:
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA.read_text(encoding="utf-8"))
        tables = fresh.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
        loose = {name for name, strict in tables if not strict}
    assert loose <= {"sqlite_schema", "sqlite_temp_schema"}


def test_every_foreign_key_is_indexed() -> None:
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(SCHEMA.read_text(encoding="utf-8"))
        tables = [
            row[0] for row in fresh.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        slow: list[tuple[str, tuple[str, ...]]] = []
        for table in tables:
            indexed = [
                tuple(part[2] for part in fresh.execute(f"PRAGMA index_info({row[1]})"))
                for row in fresh.execute(f"PRAGMA index_list({table})")
            ]
            keys: dict[int, tuple[str, ...]] = {}
            for row in fresh.execute(f"PRAGMA foreign_key_list({table})"):
                keys[row[0]] = (*keys.get(row[0], ()), row[3])
            slow += [
                (table, key)
                for key in keys.values()
                if not any(columns[: len(key)] == key for columns in indexed)
            ]
    assert slow == []


def test_every_migration_opens_with_its_reason() -> None:
    for path in data.migrate.FOLDER.glob("*.sql"):
        assert path.read_text(encoding="utf-8").startswith("-- Reason: "), path.name


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    assert migrate(path) == (0, LATEST)
    assert migrate(path) == (LATEST, LATEST)
    assert read_version(path) == LATEST


def test_version_of_a_missing_file_is_0_and_makes_no_file(tmp_path: Path) -> None:
    assert read_version(tmp_path / "none.sqlite3") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_failed_migration_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    good = Migration(number=1, name="0001_good", sql="CREATE TABLE first (a INTEGER) STRICT;")
    bad = Migration(
        number=2,
        name="0002_bad",
        sql="CREATE TABLE second (a INTEGER); INSERT INTO first VALUES (1); SELECT nonsense;",
    )
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(path, (good, bad))
    assert user_version(path) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert list(describe(connection)) == ["first"]
        assert connection.execute("SELECT count(*) FROM first").fetchone() == (0,)


def test_a_repaired_migration_goes_on_where_it_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    first = Migration(number=1, name="0001_a", sql="CREATE TABLE a (x INTEGER) STRICT;")
    bad = Migration(number=2, name="0002_b", sql="CREATE TABLE b (x INTEGER) STRICT; nonsense;")
    with pytest.raises(sqlite3.OperationalError):
        migrate(path, (first, bad))
    good = Migration(number=2, name="0002_b", sql="CREATE TABLE b (x INTEGER) STRICT;")
    assert migrate(path, (first, good)) == (1, 2)


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew) as caught:
        await Database.open(path)
    assert (caught.value.found, caught.value.known) == (LATEST + 1, LATEST)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["0002_gap.sql", "1_short.sql", "0001_Loud.sql"])
def test_a_misnamed_migration_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;", encoding="utf-8")
    with pytest.raises(ValueError, match="is not the migration after number 0"):
        list_migrations(tmp_path)


BEFORE_0004 = """
INSERT INTO styles (id, owner_id, name, name_key, guild_id, visibility, created_ms, deleted_ms)
VALUES
    ('shared', 1, 'Ink', 'ink', 9, 'guild', 1, NULL),
    ('private', 1, 'Oil', 'oil', 9, 'private', 1, NULL),
    ('imported', 2, 'Ada', 'ada', 9, 'guild', 1, NULL);
INSERT INTO jobs (
    id, kind, state, owner_id, locale, request_json, attempt, created_ms,
    started_ms, finished_ms, error_key
)
VALUES
    ('done', 'train', 'done', 1, 'en', '{}', 1, 2, 3, 40, NULL),
    ('later', 'train', 'done', 1, 'en', '{}', 1, 2, 3, 50, NULL),
    ('running', 'train', 'running', 1, 'en', '{}', 1, 2, 3, NULL, NULL),
    ('failed', 'train', 'failed', 1, 'en', '{}', 1, 2, 3, 60, 'engine.lost'),
    ('other', 'train', 'done', 1, 'en', '{}', 1, 2, 3, 70, NULL);
INSERT INTO style_versions (
    id, style_id, number, base, base_sha256, family, job_id, recipe_json, created_ms
)
VALUES
    ('s1', 'shared', 1, 'builtin', 'b', 'builtin', 'done', '{}', 5),
    ('s2', 'shared', 2, 'builtin', 'b', 'builtin', 'later', '{}', 5),
    ('s3', 'shared', 3, 'builtin', 'b', 'builtin', 'failed', '{}', 5),
    ('s4', 'shared', 4, 'builtin', 'b', 'builtin', 'running', '{}', 5),
    ('p1', 'private', 1, 'builtin', 'b', 'builtin', 'other', '{}', 5),
    ('i1', 'imported', 1, 'builtin', 'b', 'builtin', NULL, '{}', 6);
"""


def test_what_was_shared_stays_shared_version_by_version(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    migrate(path, list_migrations()[:3])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(BEFORE_0004)
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        shared = connection.execute("SELECT id, shared_ms FROM style_versions ORDER BY id")
        assert dict(shared) == {
            "s1": 40, "s2": 50, "s3": None, "s4": None, "p1": None, "i1": 6,
        }  # fmt: skip
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


BEFORE_CAPTIONS = """
INSERT INTO datasets (id, lineage, owner_id, name, version, created_ms, sealed_ms)
VALUES ('open', 'open', 1, 'ink', 1, 1, NULL), ('sealed', 'sealed', 1, 'oil', 1, 1, NULL);
INSERT INTO drawings (id, dataset_id, ordinal, sha256, file_name, width, height, caption)
VALUES
    ('said', 'open', 1, '{a}', 'a.png', 1, 1, '1girl'),
    ('bare', 'open', 2, '{b}', 'b.png', 1, 1, ''),
    ('old', 'sealed', 1, '{a}', 'a.png', 1, 1, 'cat');
UPDATE datasets SET sealed_ms = 2 WHERE id = 'sealed';
""".format(a="a" * 64, b="b" * 64)


def test_captions_from_before_are_the_artists_and_sealed_ones_stay_sealed(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    all_of_them = list_migrations()
    [number] = [one.number for one in all_of_them if one.name.endswith("_captions")]
    migrate(path, all_of_them[: number - 1])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(BEFORE_CAPTIONS)
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT id, caption, caption_source FROM drawings ORDER BY id")
        assert rows.fetchall() == [
            ("bare", "", None),
            ("old", "cat", "artist"),
            ("said", "1girl", "artist"),
        ]
        with pytest.raises(sqlite3.IntegrityError, match="sealed"):
            connection.execute("UPDATE drawings SET caption = 'dog' WHERE id = 'old'")
