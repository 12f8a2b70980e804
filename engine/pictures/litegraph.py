"""A ComfyUI graph as its window keeps it: LiteGraph's JSON, version 0.4."""

from __future__ import annotations

from typing import Any, Final

from engine.pictures.comfyui import Nodes

#: What each output of a node is.
_OUTPUTS: Final[dict[str, tuple[str, ...]]] = {
    "CheckpointLoaderSimple": ("MODEL", "CLIP", "VAE"),
    "ModelSamplingDiscrete": ("MODEL",),
    "LoraLoader": ("MODEL", "CLIP"),
    "CLIPTextEncode": ("CONDITIONING",),
    "ConditioningConcat": ("CONDITIONING",),
    "EmptyLatentImage": ("LATENT",),
    "LoadImage": ("IMAGE", "MASK"),
    "ImageScale": ("IMAGE",),
    "VAEEncode": ("LATENT",),
    "KSampler": ("LATENT",),
    "VAEDecode": ("IMAGE",),
    "SaveImage": (),
}
_WIDTH, _HEIGHT, _GAP = 400, 180, 40


def window_of(nodes: Nodes) -> dict[str, Any]:
    """Lay a graph out in columns, every node to the right of what it takes from."""
    links = _links(nodes)
    columns = _columns(nodes)
    heights: dict[int, int] = {}
    shown: list[dict[str, Any]] = []
    for order, (number, node) in enumerate(nodes.items()):
        column = columns[number]
        row = heights[column] = heights.get(column, -1) + 1
        shown.append(_node(number, node, links, (column, row), order))
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
            kind = _OUTPUTS[nodes[source]["class_type"]][output]
            links.append([len(links) + 1, int(source), output, int(number), place, kind])
    return links


def _taken(node: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(name, value) for name, value in node["inputs"].items() if isinstance(value, list)]


def _columns(nodes: Nodes) -> dict[str, int]:
    columns: dict[str, int] = {}
    for number, node in nodes.items():  # in the order in which they can be computed
        columns[number] = max((columns[source] + 1 for _, (source, _) in _taken(node)), default=0)
    return columns


def _node(
    number: str, node: dict[str, Any], links: list[list[Any]], place: tuple[int, int], order: int
) -> dict[str, Any]:
    kind, own = node["class_type"], int(number)
    into = {link[4]: link for link in links if link[3] == own}
    column, row = place
    return {
        "id": own,
        "type": kind,
        "pos": [column * (_WIDTH + _GAP), row * (_HEIGHT + _GAP)],
        "size": [_WIDTH, _HEIGHT],
        "flags": {},
        "order": order,
        "mode": 0,
        "inputs": [
            {"name": name, "type": into[n][5], "link": into[n][0]}
            for n, (name, _) in enumerate(_taken(node))
        ],
        "outputs": [
            {
                "name": output,
                "type": output,
                "links": [link[0] for link in links if link[1:3] == [own, slot]],
                "slot_index": slot,
            }
            for slot, output in enumerate(_OUTPUTS[kind])
        ],
        "properties": {"Node name for S&R": kind},
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
