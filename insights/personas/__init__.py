"""Personas: who the customers are, by rules or found, assigned in the engine."""
