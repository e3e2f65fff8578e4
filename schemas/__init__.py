"""Every promise Parcours makes: events, topics, tables, metrics, settings.

A promise is something that somebody outside the process relies on.
Changing one needs a line in CHANGELOG.md.
This package imports nothing of Parcours and does no input or output.
"""
