"""Put drawings into words, one by one, on a thread beside the steps."""

from __future__ import annotations

from engine.protocol import Captioned, CaptionRequest, Progress, Started
from engine.worker.captioners import Captioners
from engine.worker.work import Steps


def run(request: CaptionRequest, captioners: Captioners) -> Steps:
    """Caption every file; JobFailed with a `caption.*` or `tagger.*` key when one cannot be."""
    yield Started(request_id=request.request_id)
    for index, file in enumerate(request.files):
        reading = captioners.see(request, file)
        yield reading
        seen = reading.result()
        yield Captioned(
            request_id=request.request_id,
            index=index,
            sentence=seen.sentence,
            general=dict(seen.general),
            characters=dict(seen.characters),
            ratings=dict(seen.ratings),
        )
        yield Progress(request_id=request.request_id, step=index + 1, steps=len(request.files))
