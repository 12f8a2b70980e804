"""The engine process: `python -m engine.worker SETTINGS_JSON`, started by `ProcessEngine`."""

from __future__ import annotations

import faulthandler
import logging
import sys

from engine.client import EngineSettings
from engine.outbox import Outbox
from engine.protocol import StartFailed
from engine.worker.failures import describe
from engine.worker.loop import StepLoop
from engine.worker.pulse import Pulse
from engine.worker.runners import Workshop, open_workshop
from engine.worker.wire import Wake, Wire

log = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    """Serve one bot until it says `Shutdown` or is gone."""
    if len(arguments) != 1:
        sys.stderr.write("This is the engine of the bot, which starts it by itself.\n")
        return 2
    wire = Wire.take_over()
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = EngineSettings.from_json(arguments[0])
    pulse = Pulse()
    wire.listen(pulse.busy_s)  # before the base loads: a bot that dies meanwhile is noticed
    workshop = _open(settings, wire)
    if workshop is None:
        return 1
    wire.send(workshop.ready)
    StepLoop(
        workshop,
        wire.inbox,
        wire.send,
        draws_at_once=settings.draws_at_once,
        trainings_at_once=settings.trainings_at_once,
        training_share=settings.training_share,
    ).serve(pulse.step)
    return 0


def _open(settings: EngineSettings, wire: Wire) -> Workshop | None:
    try:
        Outbox(settings.outbox).open()
        return open_workshop(settings, lambda: wire.inbox.put(Wake()))
    except Exception as error:
        log.exception("the engine cannot start")
        key, facts = describe(error)
        wire.send(StartFailed(key=key, facts=facts))
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
