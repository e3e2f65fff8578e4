"""The Faust app: control plane only. Groups, assignment, supervision, command line."""

from typing import Final

import faust
from yarl import URL

from schemas.settings import Settings
from streams.transport import App, BatchScheduler

GROUP: Final = "parcours-worker"


def make_app(settings: Settings) -> App:
    """Make the app with the settings that the batched transport needs.

    Args:
        settings: the worker's settings.
    """
    servers = [URL(f"kafka://{one}") for one in settings.kafka_servers.split(",")]
    session = settings.group_session_seconds
    return App(
        GROUP,
        broker=servers,
        store="memory://",
        autodiscover=False,
        ConsumerScheduler=BatchScheduler,
        cython_optimizations=True,
        stream_buffer_maxsize=2,
        stream_wait_empty=True,
        broker_commit_interval=1.0,
        broker_session_timeout=session,
        broker_heartbeat_interval=min(3.0, session / 3),
        # Used by the client alone: an idle member must never leave its group.
        broker_max_poll_interval=10_000_000.0,
        consumer_max_fetch_size=2 << 20,
        consumer_auto_offset_reset="earliest",
        producer_request_timeout=30.0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        worker_redirect_stdouts=False,
        processing_guarantee=faust.types.enums.ProcessingGuarantee.AT_LEAST_ONCE,
    )
