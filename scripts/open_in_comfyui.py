"""Open pictures of ours in ComfyUI's own page, and say what differs from what is in them.

    pip install playwright        (its own browsers are not needed)
    python main.py --cpu --base-directory comfy     (ComfyUI's; a folder with custom_nodes in it)
    python scripts/open_in_comfyui.py http://127.0.0.1:8188 --folder comfy --out shots

Every picture is dropped onto the canvas as a person drops it. Looked at are the nodes, their links,
what stands in their fields, where they lie, what the page complains of, and what it would send to
be drawn. Nothing is drawn. `--folder` gets empty files with the names of the models that the
pictures name, and a start picture: without those, newer pages rightly say that they are missing.
Exit status 1: something differs.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.base.families import family_of
from engine.pictures.comfyui import LoraFile, Nodes, graph_of, start_name
from engine.pictures.encoding import png
from engine.pictures.litegraph import window_of, workflow
from engine.pictures.metadata import chunks
from engine.pictures.recipe import AdapterUse, Recipe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

WIDTH, HEIGHT = 1280, 900
#: Drops a file onto the middle of the canvas, which is emptied first.
DROP: Final = """([name, type, data]) => {
  (app.rootGraph ?? app.graph).clear();
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, {type}));
  const canvas = app.canvas.canvas, box = canvas.getBoundingClientRect();
  const at = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
  for (const kind of ["dragenter", "dragover", "drop"]) {
    canvas.dispatchEvent(
      new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true, ...at}));
  }
}"""
#: What the page made of it; `box` is what a node covers, its title too.
SEEN: Final = """async () => {
  const graph = app.rootGraph ?? app.graph, {scale, offset} = app.canvas.ds;
  return {
    nodes: Object.fromEntries(graph.nodes.map((node) => [node.id, {
      kind: node.type,
      fields: Object.fromEntries((node.widgets ?? []).map((one) => [one.name, one.value])),
      box: [node.pos[0], node.pos[1] - LiteGraph.NODE_TITLE_HEIGHT,
            node.pos[0] + node.size[0], node.pos[1] + node.size[1]],
    }])),
    links: [...graph.links.values()].map(
      (one) => [Number(one.origin_id), one.origin_slot, Number(one.target_id), one.type]),
    prompt: (await app.graphToPrompt().catch(() => ({output: {}}))).output,
    scale, offset: [...offset], version: window.__COMFYUI_FRONTEND_VERSION__};
}"""
COMPLAINT: Final = re.compile(r"missing|invalid|unable|error|failed|issues? found", re.IGNORECASE)
#: Below this not every page draws titles.
READABLE: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file that is dropped, and what it says."""

    name: str
    file_name: str
    data: bytes
    #: what the page should send; None: A1111's text alone, of which it makes its own
    prompt: Nodes | None = None
    #: how it should lie; None: the page lays it out itself
    window: dict[str, Any] | None = None

    @property
    def fine(self) -> str:
        """What there is to say where nothing differs."""
        return "opens" if self.prompt is None else "the same"


def start_picture() -> bytes:
    """Make the picture that one case starts from."""
    picture = Image.new("RGB", (320, 208), "#f4efe6")
    ImageDraw.Draw(picture).ellipse((90, 30, 230, 180), fill="#d9773c", outline="#4a2a12", width=6)
    return png(picture)


def recipes() -> dict[str, Recipe]:
    """One recipe for everything that a graph can hold."""
    family = family_of("pony")
    plain = Recipe(
        prompt="fox, red scarf",
        positive=family.compose("fox, red scarf, (snow:1.2)", 7),
        seed=2**32 - 4,
        steps=family.steps,
        guidance=6.5,
        sampler="dpmpp_2m",
        schedule="karras",
        width=1216,
        height=832,
        family="pony",
        base="pony_v6",
        base_sha256="67" * 32,
    )
    negative = replace(plain, negative="furry, (pony:1.1)", sampler="euler_ancestral")
    mira = AdapterUse(name="mira", sha256="aa" * 32, weight=0.625)
    slider = AdapterUse(name="detail-slider", sha256="bb" * 32, weight=-1.5, text_weight=0.35)
    loras = replace(negative, adapters=(mira, slider))
    parted = "BREAK green dress, forest BREAK hat «лиса»"
    start = sha256(start_picture()).hexdigest()
    return {
        "plain": plain,
        "negative": negative,
        "loras": loras,
        "break": replace(negative, positive=f"{plain.positive} {parted}"),
        "start": replace(negative, start_sha256=start, denoise=0.35),
        "all": replace(loras, positive=f"{plain.positive} {parted}", start_sha256=start),
    }


def cases() -> Iterator[Case]:
    """Make every file that is opened."""
    drawn = Image.new("RGB", (304, 208), "#d9773c")
    for name, recipe in recipes().items():
        told = chunks(recipe, predicts_v=name == "all")
        prompt, window = json.loads(told["prompt"]), json.loads(told["workflow"])
        data = png(drawn, told)
        yield Case(name=name, file_name=f"{name}.png", data=data, prompt=prompt, window=window)
    recipe, lora = recipes()["plain"], [LoraFile(file_name="mira.safetensors")]
    prompt = graph_of(recipe, lora, checkpoint="pony_v6.safetensors")
    told = workflow(recipe, lora, checkpoint="pony_v6.safetensors").encode()
    shown = window_of(prompt)
    yield Case(name="style file", file_name="mira.json", data=told, prompt=prompt, window=shown)
    told = json.dumps(prompt).encode()
    yield Case(name="API format", file_name="api.json", data=told, prompt=prompt)
    builtin = Recipe(prompt="fox", positive="fox, red scarf", negative="лиса", seed=5)
    yield Case(name="built-in", file_name="built-in.png", data=png(drawn, chunks(builtin)))


def differences(case: Case, seen: dict[str, Any]) -> Iterator[str]:
    """Name all that is not as the file says."""
    kinds = sorted(node["kind"] for node in seen["nodes"].values())
    if case.prompt is None:
        if not {"KSampler", "SaveImage"} <= set(kinds):
            yield "A1111's text was not read"
        return
    if sorted(node["class_type"] for node in case.prompt.values()) != kinds:
        yield "other nodes"
        return
    if meaning(seen["prompt"]) != meaning(case.prompt):
        yield "it would send something else to be drawn"
    if case.window is None:
        return
    wanted = sorted([one[1], one[2], one[3], one[5]] for one in case.window["links"])
    if sorted(seen["links"]) != wanted:
        yield "other links"
    yield from _fields(case.prompt, seen["nodes"])
    yield from _places(seen)


def meaning(prompt: Nodes) -> list[Any]:
    """Spell a graph out from its ends, so that numbers of nodes do not count."""
    inputs = [value for node in prompt.values() for value in node["inputs"].values()]
    taken = {value[0] for value in inputs if isinstance(value, list)}

    def spelled(number: str) -> list[Any]:
        node = prompt[number]
        inputs = {
            name: [spelled(value[0]), value[1]] if isinstance(value, list) else value
            for name, value in node["inputs"].items()
        }
        return [node["class_type"], inputs]

    return [spelled(number) for number in prompt if number not in taken]


def _fields(prompt: Nodes, nodes: dict[str, Any]) -> Iterator[str]:
    for number, node in prompt.items():
        fields = nodes[number]["fields"]
        for name, value in node["inputs"].items():
            if not isinstance(value, list) and fields.get(name) != value:
                yield f"{node['class_type']}: {name} is {fields.get(name)!r}, not {value!r}"
        if "seed" in fields and fields["control_after_generate"] != "fixed":
            yield "the seed would not stay"


def _places(seen: dict[str, Any]) -> Iterator[str]:
    boxes = {f"{n['kind']} {key}": n["box"] for key, n in seen["nodes"].items()}
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            yield f"{one} lies on {other}"
    scale, (x, y) = seen["scale"], seen["offset"]
    for name, (left, top, right, bottom) in boxes.items():
        shown = (left + x) * scale, (top + y) * scale, (right + x) * scale, (bottom + y) * scale
        if shown[0] < 0 or shown[1] < 0 or shown[2] > WIDTH or shown[3] > HEIGHT:
            yield f"{name} is out of sight"
    if scale < READABLE:
        yield f"titles cannot be read at {scale:.0%}"


def open_case(page: Page, case: Case) -> tuple[list[str], dict[str, Any]]:
    """Drop a file; return what differs, and what was seen."""
    before = set(page.inner_text("body").splitlines())
    kind = "image/png" if case.file_name.endswith(".png") else "application/json"
    page.evaluate(DROP, [case.file_name, kind, base64.b64encode(case.data).decode()])
    least = 1 if case.prompt is None else len(case.prompt)
    for _ in range(40):  # what is there instead in the end is looked at below
        page.wait_for_timeout(500)
        if page.evaluate("(app.rootGraph ?? app.graph).nodes.length") >= least:
            break
    page.wait_for_timeout(2500)  # complaints and the view come after the nodes
    seen = page.evaluate(SEEN)
    new = [line for line in page.inner_text("body").splitlines() if line not in before]
    said = [f"the page says: {line}" for line in new if COMPLAINT.search(line)]
    return [*differences(case, seen), *said], seen


def settings(route: Route) -> None:
    """Answer as for someone who has been there before; keep nothing of this visit."""
    if route.request.method != "GET":
        route.fulfill(status=200)
        return
    answer = route.fetch()
    was_there = {"Comfy.TutorialCompleted": True, "Comfy.Minimap.Visible": False}
    route.fulfill(response=answer, json={**answer.json(), **was_there})


def fill(folder: Path) -> None:
    """Lay down empty files for the models, and the start picture; what is there stays."""
    names = ["checkpoints/pony_v6", "loras/mira", "loras/detail-slider"]
    for path in [folder / "models" / f"{name}.safetensors" for name in names]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    picture = folder / "input" / start_name(recipes()["start"])
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(start_picture())


def visit(browser: Browser, url: str, out: Path) -> bool:
    """Open every file, each as someone new; return whether one differs."""
    differs = False
    for number, case in enumerate(cases()):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.route(re.compile(r"/api/settings"), settings)
        page.goto(url)
        page.wait_for_function("window.app?.vueAppReady", timeout=60_000)
        page.wait_for_timeout(3000)
        found, seen = open_case(page, case)
        page.screenshot(path=out / f"{case.name.replace(' ', '-')}.png")
        differs |= bool(found)
        if number == 0:
            print(f"front end {seen['version']}")
        size = f"{len(seen['nodes'])} nodes, {len(seen['links'])} links, {seen['scale']:.0%}"
        print(f"{case.name:10}  {size}: {'; '.join(found) or case.fine}", flush=True)
        page.close()
    return differs


def main() -> None:
    """Open all in a browser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="where ComfyUI runs")
    parser.add_argument("--folder", type=Path, help="its base directory, for empty model files")
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise SystemExit("This needs playwright: pip install playwright") from None
    options.out.mkdir(parents=True, exist_ok=True)
    if options.folder:
        fill(options.folder)
    with sync_playwright() as browsers:
        args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = browsers.chromium.launch(executable_path=options.chromium, args=args)
        differs = visit(browser, options.url, options.out)
        browser.close()
    raise SystemExit(differs)


if __name__ == "__main__":
    main()
