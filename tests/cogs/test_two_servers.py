"""One artist in two servers: what each server sees, and how the artist tells which is which."""

from tests.cogs.world import World, said_to


class Elsewhere:
    """A second server of the same bot, with the same people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.guild = world.env.create_guild("The Attic")
        self.channel = self.guild.create_text_channel("art")

    async def trained(self, name: str, style: str) -> None:
        """Train a style as if handed over in the second server."""
        home, people = (self.world.guild, self.world.channel), self.world.people
        self.world.guild, self.world.channel, self.world.people = self.guild, self.channel, {}
        self.world.people[name] = self.guild.add_member(people[name].user)
        try:
            await self.world.trained(name, style)
            self.people = self.world.people
        finally:
            (self.world.guild, self.world.channel), self.world.people = home, people


async def test_the_list_tells_the_artist_which_is_which(world: World) -> None:
    await world.trained("ana", "mira")
    attic = Elsewhere(world)
    await attic.trained("ana", "mira")
    here, there = world.member("ana"), attic.people["ana"]
    listed = said_to(await here.slash(world.channel, "style list"))
    assert "- **mira**: yours, private\n- **mira**: yours from The Attic, private" in listed
    said = said_to(await there.slash(attic.channel, "style share", style="mira"))
    assert "Everyone in The Attic can draw with **mira** now." in said
    listed = said_to(await here.slash(world.channel, "style list"))
    assert "- **mira**: yours, private\n- **mira**: yours from The Attic, shared there" in listed
    listed = said_to(await there.slash(attic.channel, "style list"))
    assert "**mira**: yours, shared with this server" in listed
    assert "**mira**: yours from Test Guild, private" in listed
    assert "no style" in said_to(await world.member("bo").slash(world.channel, "style list"))


async def test_both_are_offered_by_their_server_and_shared_only_there(world: World) -> None:
    await world.trained("ana", "mira")
    attic = Elsewhere(world)
    await attic.trained("ana", "mira")
    ana = world.member("ana")
    for command, filled in (("draw", {"prompt": "x"}), ("style share", {}), ("style file", {})):
        found = await ana.autocomplete(world.channel, command, "style", "mi", **filled)
        names = [choice["name"] for choice in found]
        assert names == ["mira (yours)", "mira (yours from The Attic)"], command
    there = await attic.people["ana"].autocomplete(attic.channel, "style share", "style", "mi")
    assert [choice["name"] for choice in there] == ["mira (yours)", "mira (yours from Test Guild)"]
    theirs = found[1]["value"]
    refused = said_to(await ana.slash(world.channel, "style share", style=theirs))
    assert "trained in another server, and can be shared only there" in refused
    given = await ana.slash(world.channel, "style file", style=theirs)
    assert "The file of **mira**" in said_to(given)
