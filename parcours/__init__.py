"""The door: the command `parcours`, one short module a command or family.

Nobody imports it. It alone reads the environment and knows where a system runs.
"""
