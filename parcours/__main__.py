"""`python -m parcours` is `parcours`."""

from parcours.cli import main

main()
