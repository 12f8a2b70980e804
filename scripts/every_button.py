"""Import a LoRA file in the playground, lay it over a style, and press every button twice.

    python -m bot train data/assets/artists/boris --style ink      (or any LoRA for the base)
    python -m bot export ink --format diffusers --out ink.safetensors
    python scripts/every_button.py --lora ink.safetensors --out shots --chromium /usr/bin/chromium

All buttons under a grid and in its panel are pressed, the bot is restarted by the button on its
card, and all are pressed again, Delete last. Every press prints what came of it. The picture that
*Recipe* hands out is kept as recipe.png, for `python -m bot recipe`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright
from visitor import DRAW_MS, HEIGHTS, Visitor, playground

MESSAGES = "#channel-message-list > *"
PROMPT = '1girl, red hair, green dress, smile, forest style:ada with:"ink:0.6"'
#: What a message says while its pictures are not there yet.
UNDER_WAY = ("Drawing", "n line", "Getting ready")


class Presser:
    """Presses the buttons of one grid."""

    def __init__(self, visitor: Visitor, grid: int) -> None:
        self.visitor = visitor
        self.page: Page = visitor.page
        #: the grid's place among the messages
        self.grid = grid

    def message(self, nth: int) -> Locator:
        """Find a message by its place."""
        return self.page.locator(MESSAGES).nth(nth)

    def count(self) -> int:
        """Count what is shown."""
        return self.page.locator(MESSAGES).count()

    def labels(self, nth: int) -> list[str]:
        """Name a message's buttons, without reactions and the page's own."""
        names = [one.inner_text() for one in self.message(nth).get_by_role("button").all()]
        return [" ".join(name.split()) for name in names]

    def press(self, nth: int, number: int, label: str, name: str) -> None:
        """Press a button by its place, send what opens, and wait for what comes of it."""
        before, began = self.count(), time.monotonic()
        button = self.message(nth).get_by_role("button").nth(number)
        button.scroll_into_view_if_needed()
        button.click()
        self.page.wait_for_timeout(1500)
        if self.page.locator(".modal-dialog").is_visible():
            self.visitor.shot(f"{name}-window")
            self._fill_in()
            self.visitor.submit()
        self._wait(before)
        self.visitor.to_bottom()
        self.visitor.shot(name)
        said = " | ".join(self.visitor.newest().inner_text().split("\n"))[:300]
        print(f"  {label!r}: {time.monotonic() - began:.1f} s: {said}", flush=True)

    def _fill_in(self) -> None:
        for field in self.page.locator(".modal-dialog textarea").all():
            if not field.input_value():
                field.fill("words for the window")
                return

    def _wait(self, before: int) -> None:
        """Wait until one message more is there (a deleted one counts), and done."""
        deadline, text = time.monotonic() + DRAW_MS / 1000, ""
        while time.monotonic() < deadline:
            self.page.wait_for_timeout(1000)
            text = self.visitor.newest().inner_text()
            is_there = self.count() > before or "Deleted" in text
            if is_there and not any(words in text for words in UNDER_WAY):
                self.page.wait_for_timeout(2500)
                return
        raise SystemExit(f"still under way after {DRAW_MS // 1000} s: {text}")

    def round(self, name: str) -> None:
        """Press all that the grid and its panel offer, Delete excepted."""
        for number, label in enumerate(self.labels(self.grid)):
            if label in {"U1", "U2", "U3", "U4"}:
                self.press(self.grid, number, label, f"{name}-{label}")
        panel_button = self.labels(self.grid).index("⋯")
        self.press(self.grid, panel_button, "⋯", f"{name}-panel")
        panel = self.count() - 1
        for number, label in enumerate(self.labels(panel)):
            if not label or "Delete" in label:
                continue
            self.press(panel, number, label, f"{name}-{number:02}")
            if "Recipe" in label:
                self.keep_original()

    def keep_original(self) -> None:
        """Open the first picture of the newest message, and download it there."""
        picture = self.visitor.newest().locator("img[alt]:not([class*=avatar])").first
        picture.scroll_into_view_if_needed()
        picture.click()
        with self.page.expect_download() as download:
            self.page.locator("dialog .file-download").click()
        download.value.save_as(self.visitor.out / "recipe.png")
        self.page.keyboard.press("Escape")

    def delete(self) -> None:
        """Take the grid away by its panel."""
        self.press(self.grid, self.labels(self.grid).index("⋯"), "⋯", "last-panel")
        panel = self.count() - 1
        number = next(n for n, label in enumerate(self.labels(panel)) if "Delete" in label)
        self.press(panel, number, "Delete", "deleted")


def visit(visitor: Visitor, lora: Path) -> None:
    """Do all of it."""
    page = visitor.page
    page.locator("#channel-message-list", has_text="Welcome").wait_for(timeout=60_000)
    visitor.settle()
    page.wait_for_timeout(10_000)  # an import asks the engine, which is still starting
    visitor.command(f"/style import|file=@{lora}|name=ink")
    visitor.send()
    visitor.wait_text("ink is imported", 60_000)
    visitor.to_bottom()
    visitor.shot("imported")
    with visitor.new_pictures(DRAW_MS):
        visitor.command(f"/draw|prompt={PROMPT}|score=7")
        visitor.send()
    visitor.shot("drawn")
    presser = Presser(visitor, page.locator(MESSAGES).count() - 1)
    presser.round("before")
    page.locator("#channel-message-list button", has_text="Restart the bot").click()
    visitor.wait_text("was restarted", 120_000)
    page.wait_for_timeout(3000)
    presser.round("after")
    presser.delete()


def main() -> None:
    """Open the playground and press."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lora", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    size = {"width": options.width, "height": HEIGHTS.get(options.width, 900)}
    with playground() as url, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=options.chromium, args=args)
        page = browser.new_page(viewport=size, bypass_csp=True)
        page.on("pageerror", lambda error: print(f"         page error: {error}"))
        page.goto(url)
        visit(Visitor(page, options.out), options.lora.absolute())
        browser.close()


if __name__ == "__main__":
    main()
