"""Channels of callers: with the published client settings, or without any retries."""

from __future__ import annotations

import json
from importlib.resources import files

import grpc

_OWN_CONNECTION = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]
_BARE = [
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
]


def open_channel(target: str, *, retries: bool) -> grpc.Channel:
    """Return a channel with a connection of its own, as every client process would have one.

    Args:
        target: ``host:port``.
        retries: With the retry policy that clients are given; else each call is tried once.
    """
    if not retries:
        return grpc.insecure_channel(target, options=[*_OWN_CONNECTION, *_BARE])
    published = json.loads(_published("channel_options.json"))
    options = {**published, "grpc.service_config": _published("service_config.json"), **dict(_OWN_CONNECTION)}
    return grpc.insecure_channel(target, options=list(options.items()))


def _published(name: str) -> str:
    return files("leadline").joinpath(name).read_text(encoding="utf-8")
