"""Generated files, and the topics against their promise."""

from parcours.contracts.baseline import breaks
from parcours.contracts.files import generated, outdated
from parcours.contracts.json_schema import schema_of
from parcours.kafka_admin import Layout
from parcours.topic_check import NOT_REPORTED, differences
from schemas.settings import Settings
from schemas.topics import RAW, STATES, TOPICS

SETTINGS = Settings("k:9092", "chdb:///s", "x" * 16, partitions=4)


def layout(partitions: int = 4, config: dict[str, str] | None = None) -> Layout:
    return Layout("log", partitions, 1, config)


def test_the_committed_files_are_those_of_the_code() -> None:
    """`parcours schemas` was run after the last change of a struct or a topic."""
    assert outdated() == {}


def test_nothing_that_was_released_is_broken() -> None:
    """Or somebody has said so: `parcours schemas --release`, and a changelog entry."""
    assert [str(one) for one in breaks()] == []


def test_every_topic_has_its_schema() -> None:
    """Declaring a topic is enough; more are AsyncAPI, OpenAPI, and journey models."""
    assert generated().keys() == {
        "asyncapi.json",
        "model.json",
        "openapi.json",
        *(f"jsonschema/{topic.name}.json" for topic in TOPICS),
    }


def test_a_source_may_send_fields_that_we_do_not_know() -> None:
    """The raw schema forbids none; the enriched one is exact about its own."""
    assert (
        'additionalProperties": false' not in generated()[f"jsonschema/{RAW.name}.json"]
    )
    assert schema_of(RAW)["$id"] == RAW.name


def test_a_topic_as_promised_has_no_difference() -> None:
    """Partitions, replication and every setting are as they should be."""
    there = {t.name: layout(config=t.config()) for t in TOPICS}
    assert differences(TOPICS, SETTINGS, there) == []


def test_every_difference_is_found() -> None:
    """A missing topic, another partition count, a setting changed or unset."""
    config = RAW.config() | {"retention.ms": "1"}
    del config["max.message.bytes"]
    found = differences([RAW, STATES], SETTINGS, {RAW.name: layout(5, config)})
    assert [(d.what, d.expected, d.found) for d in found] == [
        ("partitions", "4", "5"),
        ("max.message.bytes", "8388608", "unset"),
        ("retention.ms", "604800000", "1"),
        ("topic", "there", "missing"),
    ]
    assert all(difference.counts for difference in found)


def test_what_a_broker_does_not_report_is_said_and_does_not_count() -> None:
    """Not every broker that speaks the protocol tells the settings of a topic."""
    found = differences([RAW], SETTINGS, {RAW.name: layout()})
    assert {d.found for d in found} == {NOT_REPORTED}
    assert not any(difference.counts for difference in found)
