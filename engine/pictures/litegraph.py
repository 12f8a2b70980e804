"""A ComfyUI graph as its window keeps it: LiteGraph's JSON, version 0.4."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.pictures.comfyui import LoraFile, Nodes, graph_of
from engine.pictures.recipe import Recipe


class _Kind(NamedTuple):
    """How a node of one kind is shown."""

    column: int
    #: without its title, and no less than the page makes it
    height: int
    #: what each of its outputs is
    outputs: tuple[str, ...]


_KINDS: Final = {
    "CheckpointLoaderSimple": _Kind(0, 100, ("MODEL", "CLIP", "VAE")),
    "ModelSamplingDiscrete": _Kind(0, 90, ("MODEL",)),
    "LoraLoader": _Kind(0, 130, ("MODEL", "CLIP")),
    "LoadImage": _Kind(0, 300, ("IMAGE", "MASK")),
    "CLIPTextEncode": _Kind(1, 150, ("CONDITIONING",)),
    "EmptyLatentImage": _Kind(1, 110, ("LATENT",)),
    "ImageScale": _Kind(1, 140, ("IMAGE",)),
    "ConditioningConcat": _Kind(2, 50, ("CONDITIONING",)),
    "VAEEncode": _Kind(2, 50, ("LATENT",)),
    "KSampler": _Kind(3, 270, ("LATENT",)),
    "VAEDecode": _Kind(4, 50, ("IMAGE",)),
    "SaveImage": _Kind(4, 270, ()),
}
#: Of the columns; together small enough for titles to be drawn when the page opens the graph.
_WIDTHS: Final = (280, 320, 240, 270, 240)
_GAP_X, _GAP_Y, _TITLE = 40, 20, 30


def workflow(
    recipe: Recipe, loras: Sequence[LoraFile], *, checkpoint: str, predicts_v: bool = False
) -> str:
    """Spell the recipe's graph as a JSON file that can be dropped into the window.

    The API format opens there as well, but is laid out anew and draws a new seed at every run.
    """
    nodes = graph_of(recipe, loras, checkpoint=checkpoint, predicts_v=predicts_v)
    return json.dumps(window_of(nodes), indent=2, ensure_ascii=False) + "\n"


def window_of(nodes: Nodes) -> dict[str, Any]:
    """Lay a graph out in columns, every node to the right of what it takes from, or below it."""
    links = _links(nodes)
    places = _places(nodes)
    shown = [
        _node(number, node, links, places[number], order)
        for order, (number, node) in enumerate(nodes.items())
    ]
    return {
        "last_node_id": len(nodes),
        "last_link_id": len(links),
        "nodes": shown,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


def _links(nodes: Nodes) -> list[list[Any]]:
    """List [link, from node, its output, to node, its input, kind]."""
    links: list[list[Any]] = []
    for number, node in nodes.items():
        for place, (_, (source, output)) in enumerate(_taken(node)):
            kind = _KINDS[nodes[source]["class_type"]].outputs[output]
            links.append([len(links) + 1, int(source), output, int(number), place, kind])
    return links


def _taken(node: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(name, value) for name, value in node["inputs"].items() if isinstance(value, list)]


def _places(nodes: Nodes) -> dict[str, list[int]]:
    """Find each node's upper left corner, under its title; unused columns take no room."""
    used = {_KINDS[node["class_type"]].column for node in nodes.values()}
    left = {column: sum(_WIDTHS[n] + _GAP_X for n in used if n < column) for column in used}
    top = dict.fromkeys(used, 0)
    places: dict[str, list[int]] = {}
    for number, node in nodes.items():  # in the order in which they can be computed
        kind = _KINDS[node["class_type"]]
        places[number] = [left[kind.column], top[kind.column]]
        top[kind.column] += kind.height + _GAP_Y + _TITLE
    return places


def _node(
    number: str, node: dict[str, Any], links: list[list[Any]], place: list[int], order: int
) -> dict[str, Any]:
    name, own = node["class_type"], int(number)
    kind = _KINDS[name]
    into = {link[4]: link for link in links if link[3] == own}
    return {
        "id": own,
        "type": name,
        "pos": place,
        "size": [_WIDTHS[kind.column], kind.height],
        "flags": {},
        "order": order,
        "mode": 0,
        "inputs": [
            {"name": taken, "type": into[n][5], "link": into[n][0]}
            for n, (taken, _) in enumerate(_taken(node))
        ],
        "outputs": [
            {
                "name": output,
                "type": output,
                "links": [link[0] for link in links if link[1:3] == [own, slot]],
                "slot_index": slot,
            }
            for slot, output in enumerate(kind.outputs)
        ],
        "properties": {"Node name for S&R": name},
        "widgets_values": _widgets(node),
    }


def _widgets(node: dict[str, Any]) -> list[Any]:
    """List what stands in a node's fields.

    Beside a seed stands what becomes of it, beside a picture where it was uploaded to.
    """
    beside = {"seed": "fixed", "image": "image"}
    values: list[Any] = []
    for name, value in node["inputs"].items():
        if not isinstance(value, list):
            values += [value, beside[name]] if name in beside else [value]
    return values
