"""A whole system on one machine: broker, workers and sink, watched by one process."""
