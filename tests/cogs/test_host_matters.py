"""What only the host can put right reaches others as a number; the log has the rest."""

import re

import pytest

from bot.errors import UserError
from cogs.ui.tasks import draw_task
from tests.cogs.world import World, is_disabled, pngs, said_to, text_of

PLACE = "/srv/secret/models"


def in_the_log(caplog: pytest.LogCaptureFixture, number: str) -> list[str]:
    lines = [record.getMessage() + str(record.exc_info) for record in caplog.records]
    return [line for line in lines if number in line and PLACE in line]


async def test_a_failed_draw_names_no_folder(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.fail_next("engine.base_missing", base=PLACE)
    await world.draw("ana", "1girl", style="none")
    job_id = (await world.last_job()).job.id
    message = await world.shown(job_id, f"Please tell the host this number: {job_id}.")
    assert PLACE not in text_of(message)
    assert in_the_log(caplog, job_id)


async def test_an_engine_that_does_not_start_names_no_folder(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    card = (await world.hand_over("ana", pngs(6))).response
    assert card is not None
    await world.member("ana").click(card, label="Start")
    world.engine.refuse_start("engine.no_outbox", reason=f"{PLACE} is no folder")
    refused = await world.member("ana").click(card, label="Train in the open")
    assert [answer.ephemeral for answer in refused.followups] == [True]
    assert PLACE not in said_to(refused)
    [number] = re.findall(r"tell the host this number: (\w+)", said_to(refused))
    assert in_the_log(caplog, number)
    world.incidents_expected = 1


async def test_a_base_that_cannot_be_opened_names_no_folder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_: object) -> None:
        raise UserError("engine.base_unreadable", base=PLACE, reason="Permission denied")

    # A base that goes away while the bot runs: nothing here can make one.
    monkeypatch.setattr(world.app.trainings, "plan", unreadable)
    card = (await world.hand_over("ana", pngs(6))).response
    assert card is not None
    assert "Please tell the host this number" in text_of(card)
    assert PLACE not in text_of(card)
    assert is_disabled(card, "Start")
    world.incidents_expected = 1


async def test_a_base_is_named_without_its_folder(world: World) -> None:
    assert "/" in world.app.settings.base_model
    _, message = await world.drawn("ana", "1girl", style="none", count=1)
    assert message.attachments
    assert draw_task(await world.last_job()).recipes[0].base == "builtin"
