-- How far has each table landed, by Kafka partition? Answered by the hwm projections.
SELECT
    'touchpoints' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM touchpoints
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'duplicates' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM duplicates
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'sessions' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM sessions
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'transitions' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM transitions
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'threads' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM threads
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'journey_states' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM journey_states
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'identities' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM identities
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'messages' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM messages
GROUP BY kafka_log, kafka_partition
UNION ALL
SELECT
    'dead_letters' AS name,
    kafka_log AS log,
    kafka_partition AS partition,
    max(kafka_offset) AS newest
FROM dead_letters
GROUP BY kafka_log, kafka_partition
