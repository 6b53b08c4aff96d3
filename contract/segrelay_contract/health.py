from __future__ import annotations

from segrelay_contract.payload import Payload


class Health(Payload):
    """Whether the queue works, and each thing it depends on."""

    success: bool
    database: bool
    orthanc: bool
    tickets: bool  # whether leases come with tickets for Orthanc; TICKET_SECRET is set
