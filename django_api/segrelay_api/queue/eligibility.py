"""What a worker can do: its models, as far as its memory goes, and its labels."""

from __future__ import annotations

from collections.abc import Iterable

from segrelay_contract.leases import ClaimBody, Device, ModelOffer

ANY_MODEL = ""
ANY_LABEL = ""


def offers_of(body: ClaimBody) -> dict[str, ModelOffer]:
    """The models that fit into this worker, by the name that a request asks for.

    A request that names no model holds one series, and gets the first model that needs no more.
    """
    fitting = [offer for offer in body.models if fits_memory(offer, body.worker.devices)]
    by_name = {offer.name: offer for offer in fitting}
    for_one_series = next((offer for offer in fitting if len(offer.roles) == 1), None)
    return by_name if for_one_series is None else {ANY_MODEL: for_one_series, **by_name}


def fits_memory(offer: ModelOffer, devices: Iterable[Device]) -> bool:
    """Whether one device is large enough; what nobody stated is no obstacle."""
    sizes = [device.memory_bytes for device in devices]
    if offer.memory_bytes is None or not sizes:
        return True
    return any(size is None or size >= offer.memory_bytes for size in sizes)


def labels_of(body: ClaimBody) -> list[str]:
    """What a request may ask of the worker, `name=value`, or nothing."""
    return [ANY_LABEL, *label_texts(body.worker.labels)]


def label_texts(labels: dict[str, str]) -> list[str]:
    """As a request writes them."""
    return [f"{name}={value}" for name, value in labels.items()]
