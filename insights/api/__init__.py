"""The answers over HTTP: read-only, with tokens, limits and typed errors."""
