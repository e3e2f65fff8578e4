"""The answers: questions to ClickHouse about funnels, journeys and the audit.

Nothing here prints, reads the environment or writes to the database. Every answer is a
typed struct; how it looks is the door's business.
"""
