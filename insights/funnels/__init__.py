"""Funnels: how many get from one step to the next, how long it takes them, and who.

`spec` says what can be asked, `checks` what makes no sense, `steps` reads the command
line; `statement` makes SQL of it, and `answer`, `persons`, `trend` and `explain` put
the questions. The rules are in docs/funnels.md.
"""
