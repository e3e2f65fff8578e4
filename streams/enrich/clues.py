"""What the properties of a touchpoint give away: origin, device, machine opens."""

from typing import Final

import msgspec
from msgspec import Struct, ValidationError

from schemas.touchpoint import Touchpoint
from streams.enrich.device import device_of
from streams.enrich.origin import campaign_of, host_of


class Clues(Struct):
    """The few properties that are read; of any JSON type, since sources err."""

    url: object = None
    landing_url: object = None
    referrer: object = None
    user_agent: object = None
    machine: object = None


_clues: Final = msgspec.json.Decoder(Clues).decode


def enrich(touchpoint: Touchpoint, properties: str, *, opened: bool) -> None:
    """Fill in campaign, referrer, device class, bot and machine, in place.

    Args:
        touchpoint: a touchpoint whose properties are as the source sent them.
        properties: their text.
        opened: it is the opening of a message.
    """
    # Addresses and user agents all hold a slash: the rest need not be parsed.
    if not opened and "/" not in properties:
        return
    try:
        clues = _clues(properties)
    except ValidationError:
        # A number beyond all bounds where a text should be.
        return
    if isinstance(clues.user_agent, str):
        _tell_device(touchpoint, clues.user_agent, opened=opened)
    if opened and clues.machine is True:
        touchpoint.machine = True
    if isinstance(clues.referrer, str):
        touchpoint.referrer = host_of(clues.referrer)
    if touchpoint.campaign is None and "?" in properties:
        for address in (clues.url, clues.landing_url):
            if isinstance(address, str) and (campaign := campaign_of(address)):
                touchpoint.campaign = campaign
                break


def _tell_device(touchpoint: Touchpoint, user_agent: str, *, opened: bool) -> None:
    device = device_of(user_agent)
    touchpoint.device_class = device.device_class
    if opened and device.mail_proxy:
        touchpoint.machine = True
    else:
        touchpoint.bot = device.bot
