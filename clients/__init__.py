"""How we use other people's Kafka client: what has to be told to it from inside."""
