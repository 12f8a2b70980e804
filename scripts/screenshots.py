"""Use the playground in a real browser as a newcomer would, and keep a picture of every step.

    pip install playwright        (its own browsers are not needed)
    python scripts/screenshots.py --out shots --width 1280 --chromium /usr/bin/chromium

It starts `python -m bot playground` itself. The figures that it prints are seconds since the page
was opened.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import sync_playwright
from visitor import DRAW_MS, HEIGHTS, ROOT, TRAIN_MS, Visitor, playground


def welcome(visitor: Visitor, _drawings: list[Path]) -> None:
    """Read the card and press an example."""
    visitor.page.locator("#channel-message-list", has_text="Welcome").wait_for(timeout=60_000)
    visitor.settle()
    visitor.shot("welcome")
    visitor.to_bottom()
    visitor.shot("welcome-bottom")
    with visitor.new_pictures(DRAW_MS):
        visitor.press("cat, orange fur")
        visitor.to_bottom()
        visitor.shot("example-pressed")
    print(f"{time.monotonic() - visitor.began:7.1f} s  first pictures", flush=True)
    visitor.shot("example-drawn")
    visitor.page.wait_for_timeout(8000)
    visitor.to_bottom()
    visitor.shot("house-members-voted")


def hand_over(visitor: Visitor, drawings: list[Path]) -> None:
    """Give 20 and 16 drawings through the window."""
    visitor.command("/train|name=mira")
    visitor.shot("train-typed")
    visitor.send()
    visitor.page.locator(".modal-dialog").wait_for(timeout=20_000)
    visitor.shot("train-window")
    visitor.fill_window(drawings[:20])
    visitor.shot("train-window-filled")
    visitor.submit()
    visitor.shot("train-card")
    visitor.press("Add more")
    visitor.page.locator(".modal-dialog").wait_for(timeout=20_000)
    visitor.fill_window(drawings[20:])
    visitor.submit()
    visitor.shot("train-card-full")


def train(visitor: Visitor, _drawings: list[Path]) -> None:
    """Train in the open, and share."""
    visitor.press("Start")
    visitor.to_bottom()
    visitor.shot("train-where")
    visitor.press("Train in the open")
    began = time.monotonic()
    visitor.page.wait_for_timeout(5000)
    visitor.to_bottom()
    visitor.shot("train-begun")
    visitor.page.wait_for_timeout(45_000)
    visitor.to_bottom()
    visitor.shot("train-live")
    visitor.wait_text("mira is ready", TRAIN_MS)
    print(f"{time.monotonic() - began:7.1f} s  for the training", flush=True)
    visitor.page.wait_for_timeout(1500)
    visitor.to_bottom()
    visitor.shot("train-done")
    visitor.shots_of_newest("train-done")
    visitor.press("Let this server draw with it")
    visitor.page.wait_for_timeout(1000)
    visitor.to_bottom()
    visitor.shot("train-shared")


def draw(visitor: Visitor, _drawings: list[Path]) -> None:
    """Draw by command, vote, ask for more of one picture, and look at the gallery."""
    visitor.command("/draw|prompt=1girl, red hair, green dress, smile, forest|score=7")
    visitor.shot("draw-typed")
    visitor.send()
    visitor.to_bottom()
    visitor.shot("draw-sent")
    visitor.wait_reactions(DRAW_MS)
    visitor.page.wait_for_timeout(8000)
    visitor.to_bottom()
    visitor.shot("draw-done")
    visitor.reactions().first.click()
    visitor.page.wait_for_timeout(1500)
    visitor.shot("reacted")
    with visitor.new_pictures(DRAW_MS):
        visitor.press("U1")
    visitor.shot("larger")
    visitor.press("⋯")
    visitor.to_bottom()
    visitor.shot("panel")
    with visitor.new_pictures(DRAW_MS):
        # a little, a lot, and "I could have drawn this": a number each
        visitor.newest().get_by_role("button", name="1", exact=True).nth(1).click()
    visitor.shot("varied")
    visitor.command("/gallery")
    visitor.send()
    visitor.page.wait_for_timeout(3000)
    visitor.to_bottom()
    visitor.shot("gallery")
    visitor.shots_of_newest("gallery")


PARTS = {"welcome": welcome, "hand_over": hand_over, "train": train, "draw": draw}


def main() -> None:
    """Run the whole visit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--url", help="a playground that runs already")
    parser.add_argument("--files", type=Path, help="a folder to hand over instead of the sample's")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument(
        "parts", nargs="*", default=list(PARTS), metavar="PART", help=str(list(PARTS))
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    artist = next(path for path in sorted((ROOT / "data/assets/artists").iterdir()))
    drawings = sorted(options.files.iterdir()) if options.files else sorted(artist.glob("*.png"))
    size = {"width": options.width, "height": HEIGHTS.get(options.width, 900)}
    opened = nullcontext(options.url) if options.url else playground()
    with opened as url, sync_playwright() as browsers:
        args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = browsers.chromium.launch(executable_path=options.chromium, args=args)
        page = browser.new_page(viewport=size, bypass_csp=True)
        page.on("pageerror", lambda error: print(f"         page error: {error}"))
        visitor = Visitor(page, options.out)
        page.goto(url)
        for part in options.parts:
            PARTS[part](visitor, drawings)
        browser.close()


if __name__ == "__main__":
    main()
