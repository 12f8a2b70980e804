"""What the command line takes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.i18n import Texts


def parse(texts: Texts, arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; leaves with code 2 and a usage line when they cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=texts.say("cli.about"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str) -> argparse.ArgumentParser:
        about = texts.say(f"cli.{name}_about")
        return commands.add_parser(name, help=about, description=about)

    command("run")
    playground = command("playground")
    playground.add_argument(
        "--no-browser", action="store_true", help=texts.say("cli.no_browser_about")
    )
    demo = command("demo")
    demo.add_argument("--out", default="demo", metavar="DIR", help=texts.say("cli.out_about"))
    _add_train(command("train"), texts)
    draw = command("draw")
    _add_draw(draw, texts)
    export = command("export")
    export.add_argument("style", metavar="STYLE")
    export.add_argument("--out", metavar="F.safetensors", help=texts.say("cli.out_about"))
    export.add_argument(
        "--format",
        choices=("kohya", "diffusers"),
        default="kohya",
        help=texts.say("cli.format_about"),
    )
    take = command("import")
    take.add_argument("file", metavar="F.safetensors", help=texts.say("cli.import_file_about"))
    take.add_argument("--style", metavar="NAME")
    take.add_argument("--base", metavar="NAME", help=texts.say("cli.import_base_about"))
    take.add_argument("--own", metavar="DIR", help=texts.say("cli.own_about"))
    recipe = command("recipe")
    recipe.add_argument("file", metavar="F.png|F.webp")
    recipe.add_argument("--json", action="store_true", help=texts.say("cli.json_about"))
    doctor = command("doctor")
    doctor.add_argument("--quick", action="store_true", help=texts.say("cli.quick_about"))
    db = command("db")
    db.add_argument("what", choices=("status", "migrate", "backup", "check"))
    db.add_argument("--out", metavar="F.db", help=texts.say("cli.out_about"))
    options = parser.parse_args(arguments)
    if options.command == "draw" and (options.prompt is None) == (options.recipe is None):
        draw.error(texts.say("cli.draw_what"))
    return options


def _add_train(train: argparse.ArgumentParser, texts: Texts) -> None:
    train.add_argument("folder", metavar="DIR")
    train.add_argument("--style", required=True, metavar="NAME")
    train.add_argument("--caption", metavar="WORDS", help=texts.say("cli.caption_about"))
    train.add_argument("--recipe", metavar="NAME", help=texts.say("cli.recipe_option_about"))
    train.add_argument(
        "--set", nargs="+", default=[], metavar="K=V", help=texts.say("cli.set_about")
    )
    train.add_argument("--base", metavar="NAME", help=texts.say("cli.base_about"))
    train.add_argument("--out", metavar="F.safetensors", help=texts.say("cli.out_about"))


def _add_draw(draw: argparse.ArgumentParser, texts: Texts) -> None:
    draw.add_argument("prompt", metavar="PROMPT", nargs="?")
    draw.add_argument("--recipe", metavar="F.png|F.webp", help=texts.say("cli.redraw_about"))
    draw.add_argument("--style", metavar="NAME", help=texts.say("cli.style_about"))
    draw.add_argument("--base", metavar="NAME", help=texts.say("cli.base_about"))
    draw.add_argument("--score", type=int, metavar="N")
    draw.add_argument("--seed", type=int, metavar="N")
    draw.add_argument("--count", type=int, default=1, metavar="N")
    draw.add_argument("--negative", metavar="WORDS")
    draw.add_argument("--weight", type=float, metavar="X")
    draw.add_argument("--with", dest="stack", metavar="NAME:X,…", help=texts.say("cli.with_about"))
    draw.add_argument("--out", metavar="F.png", help=texts.say("cli.out_about"))
