"""Every route of the API."""

from typing import Final

from insights.api import answers, persons, service

ROUTERS: Final = [answers.ROUTER, persons.ROUTER, service.ROUTER]
