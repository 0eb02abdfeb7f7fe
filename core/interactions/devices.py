"""Devices and channels: on what a lead looked at an item, and what led there."""

from __future__ import annotations

from functools import partial

from core.behavior.measures import most_frequent
from core.event import Device
from core.features.streams.aggregate import Function, Unit
from core.features.streams.declaration import StreamFeature, ValueType
from core.interactions.counted import Declared, of_views
from core.interactions.discovery import REFERRERS

FAMILY = "devices"
DEVICES = of_views("view_devices", Function.HISTOGRAM, Unit.DEVICE)
_feature = partial(StreamFeature, family=FAMILY)


def devices() -> Declared:
    """Return the aggregates and the features of the family."""
    counted = (Device.MOBILE, Device.DESKTOP, Device.TABLET)
    return (DEVICES, REFERRERS), (*(_on(device) for device in counted), *_preferred())


def _on(device: Device) -> StreamFeature:
    return _feature(
        name=f"{device}_views",
        description=f"Views on a device of type {device}; at least 0.",
        compute=lambda reading: float(reading[DEVICES.name].get(device, 0)),
        default=0.0,
    )


def _preferred() -> tuple[StreamFeature, ...]:
    return (
        _feature(
            name="preferred_device",
            description="Type of device with most views, the first in the alphabet of several; desktop, mobile, tablet "
            "or other.",
            compute=lambda reading: most_frequent(reading[DEVICES.name]),
            unit="category",
            value_type=ValueType.CATEGORY,
        ),
        _feature(
            name="channel_preference",
            description="What led to most views, the first in the alphabet of several; advertisement, direct, email, "
            "other, partner, search_engine or social.",
            compute=lambda reading: most_frequent(reading[REFERRERS.name]),
            unit="category",
            value_type=ValueType.CATEGORY,
        ),
    )
