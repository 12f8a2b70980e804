"""From a draft of drawings to a training: the buttons of the cards before it starts."""

from __future__ import annotations

from bot.errors import UserError
from bot.permissions import permission_names
from bot.services.trainplan import TrainPlan
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction, CardButton
from cogs.ui.card import card
from cogs.ui.drawings_modal import DrawingsModal
from cogs.ui.intake_card import where_card
from cogs.ui.place import is_private, place_of
from cogs.ui.quiet_place import QuietPlace, open_quiet_place
from cogs.ui.taking import put, show_draft
from cogs.ui.wording import channel_mention
from data.models import DatasetId, OwnerId, Place, StyleId


class TrainButton(CardButton, verb="train"):
    """Open the window for a new style."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the window."""
        await interaction.response.send_modal(DrawingsModal(texts_of(interaction)))


class AddMoreButton(CardButton, verb="more"):
    """Open the window again, for the same draft."""

    async def press(self, interaction: BotInteraction) -> None:
        """Show the window, if the draft is the presser's and still open.

        A window must be the first answer, so the draft is looked up before it.
        """
        dataset_id = DatasetId(self.target)
        await interaction.client.app.datasets.report(dataset_id, OwnerId(interaction.user.id))
        modal = DrawingsModal(texts_of(interaction), dataset_id=dataset_id)
        await interaction.response.send_modal(modal)


class MineButton(CardButton, verb="mine"):
    """Say of an imported style that it is one's own: open the window for its drawings."""

    async def press(self, interaction: BotInteraction) -> None:
        """Open its draft, and show the window, which must be the first answer."""
        opened = await interaction.client.app.brought.open(
            StyleId(self.target), OwnerId(interaction.user.id)
        )
        modal = DrawingsModal(texts_of(interaction), dataset_id=opened.draft.id)
        await interaction.response.send_modal(modal)


class AsideButton(CardButton, verb="aside"):
    """Train on all drawings, or keep some aside again: the last digit says which."""

    async def press(self, interaction: BotInteraction) -> None:
        """Keep the choice, and show the card again."""
        await interaction.response.defer()
        dataset_id, kept_aside = DatasetId(self.target[:-1]), self.target[-1] == "1"
        report = await interaction.client.app.datasets.train_on_all(
            dataset_id, OwnerId(interaction.user.id), on_all=not kept_aside
        )
        await show_draft(interaction, report)


class DiscardButton(CardButton, verb="discard"):
    """Forget the draft."""

    async def press(self, interaction: BotInteraction) -> None:
        """Delete it, and leave one sentence in place of the card."""
        owner_id = OwnerId(interaction.user.id)
        await interaction.response.defer()
        await interaction.client.app.datasets.discard(DatasetId(self.target), owner_id)
        await put(interaction, card(texts_of(interaction).say("train.discarded")))


class BackButton(CardButton, verb="draft"):
    """Show the draft again."""

    async def press(self, interaction: BotInteraction) -> None:
        """Put the draft's card back."""
        await interaction.response.defer()
        report = await interaction.client.app.datasets.report(
            DatasetId(self.target), OwnerId(interaction.user.id)
        )
        await show_draft(interaction, report)


class StartButton(CardButton, verb="start"):
    """Ask where to train."""

    async def press(self, interaction: BotInteraction) -> None:
        """Check that it can be trained, then ask."""
        await interaction.response.defer()
        plan = await interaction.client.app.trainings.plan(
            DatasetId(self.target), OwnerId(interaction.user.id)
        )
        await put(interaction, where_card(texts_of(interaction), plan))


class OpenButton(CardButton, verb="open"):
    """Train where everybody watches."""

    async def press(self, interaction: BotInteraction) -> None:
        """Start it in this channel."""
        if lacking := _lacks_to_write(interaction):
            named = permission_names(texts_of(interaction), lacking)
            raise UserError("error.bot_not_allowed", permissions=named)
        await interaction.response.defer()
        dataset_id = DatasetId(self.target)
        if await _ready(interaction, dataset_id) is None:
            return
        # A private thread is no open place, whatever the button says.
        await _start(
            interaction,
            dataset_id,
            place_of(interaction),
            quiet=is_private(interaction),
        )
        here = channel_mention(interaction.channel_id or 0)
        said = texts_of(interaction).say("train.started_open", channel=here)
        await put(interaction, card(said))


class QuietButton(CardButton, verb="quiet"):
    """Train where only the artist watches."""

    async def press(self, interaction: BotInteraction) -> None:
        """Open a private place, start there, and close it again when nothing starts."""
        await interaction.response.defer()
        dataset_id = DatasetId(self.target)
        plan = await _ready(interaction, dataset_id)
        if plan is None:
            return
        quiet: QuietPlace = await open_quiet_place(interaction, plan.dataset.name)
        try:
            await _start(interaction, dataset_id, quiet.place, quiet=True)
        except Exception:
            await quiet.close()
            raise
        there = channel_mention(quiet.place.channel_id or 0)
        said = texts_of(interaction).say("train.started_quiet", channel=there)
        await put(interaction, card(said))


def _lacks_to_write(interaction: BotInteraction) -> list[str]:
    """List what the bot's own token lacks to post here and edit it later."""
    if interaction.guild_id is None:
        return []
    in_thread = interaction.channel is not None and interaction.channel.type.name.endswith("thread")
    needed = ("read_messages", "send_messages_in_threads" if in_thread else "send_messages")
    return [flag for flag in needed if not getattr(interaction.app_permissions, flag)]


async def _ready(interaction: BotInteraction, dataset_id: DatasetId) -> TrainPlan | None:
    """Wait for the last captions; where they take long, put the draft back, which has *Start*."""
    app, owner_id = interaction.client.app, OwnerId(interaction.user.id)
    try:
        return await app.trainings.ready(dataset_id, owner_id)
    except UserError as error:
        if error.key != "train.still_reading":
            raise
        report = await app.datasets.report(dataset_id, owner_id)
        await show_draft(interaction, report, notice=texts_of(interaction).error(error))
        return None


async def _start(
    interaction: BotInteraction, dataset_id: DatasetId, place: Place, *, quiet: bool
) -> None:
    await interaction.client.app.trainings.start(
        dataset_id,
        owner_id=OwnerId(interaction.user.id),
        locale=interaction.locale.value,
        place=place,
        quiet=quiet,
    )


BUTTONS = (
    TrainButton,
    AddMoreButton,
    MineButton,
    AsideButton,
    DiscardButton,
    BackButton,
    StartButton,
    OpenButton,
    QuietButton,
)
