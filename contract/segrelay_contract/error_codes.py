"""Every error code: whose fault it is, whether trying again helps, and its English sentence.

A sentence says what happened and what to do. Its parameters never hold patient data.
The API translates the sentence into the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from types import MappingProxyType

Parameters = Mapping[str, str | int | float]


class ErrorCode(StrEnum):
    """Codes are for machines; `ERROR_KINDS` holds what each means."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    FOREIGN_ORIGIN = "foreign_origin"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    UNKNOWN_CALL = "unknown_call"
    WRONG_METHOD = "wrong_method"
    UNKNOWN_REQUEST = "unknown_request"
    UNKNOWN_SERIES = "unknown_series"
    UNSUITABLE_SERIES = "unsuitable_series"
    LEASE_LOST = "lease_lost"
    ALREADY_CLAIMED = "already_claimed"
    CANCELLED = "cancelled"
    NOT_CANCELABLE = "not_cancelable"
    NOT_RETRIABLE = "not_retriable"
    ACTIVE_TWIN = "active_twin"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    NO_MODEL_FITS = "no_model_fits"
    UNKNOWN_STUDY = "unknown_study"
    ORTHANC_UNREACHABLE = "orthanc_unreachable"

    WRONG_MODALITY = "wrong_modality"
    MULTIFRAME_SERIES = "multiframe_series"
    SINGLE_SLICE = "single_slice"
    LOCALIZER = "localizer"
    SEVERAL_VOLUMES = "several_volumes"
    WANTED_VOLUME_ABSENT = "wanted_volume_absent"
    MISSING_GEOMETRY = "missing_geometry"
    NO_FRAME_OF_REFERENCE = "no_frame_of_reference"
    MIXED_FRAME_OF_REFERENCE = "mixed_frame_of_reference"
    MIXED_SERIES = "mixed_series"
    MIXED_ORIENTATION = "mixed_orientation"
    MIXED_SIZES = "mixed_sizes"
    DUPLICATE_POSITION = "duplicate_position"
    MISSING_SLICES = "missing_slices"
    UNEVEN_SPACING = "uneven_spacing"
    SHEARED_SLICES = "sheared_slices"
    ABSURD_SPACING = "absurd_spacing"
    TOO_LARGE = "too_large"
    UNREADABLE_MOSAIC = "unreadable_mosaic"
    BLANK_IMAGES = "blank_images"
    UNDECODABLE_PIXELS = "undecodable_pixels"
    UNREADABLE_DICOM = "unreadable_dicom"

    ROLE_MISSING = "role_missing"
    ROLE_AMBIGUOUS = "role_ambiguous"
    ROLE_UNKNOWN = "role_unknown"
    OTHER_STUDY = "other_study"
    UNSUITABLE_INPUT = "unsuitable_input"
    DIFFERENT_FRAMES_OF_REFERENCE = "different_frames_of_reference"
    INPUTS_DO_NOT_OVERLAP = "inputs_do_not_overlap"
    NOT_A_CANDIDATE = "not_a_candidate"
    NO_MODEL_KNOWN = "no_model_known"
    MODEL_NOT_OFFERED = "model_not_offered"
    MODEL_QUARANTINED = "model_quarantined"

    MODEL_UNREADABLE = "model_unreadable"
    MODEL_MISCODED = "model_miscoded"
    MODEL_CHECKSUM_MISMATCH = "model_checksum_mismatch"
    MODEL_FAILED = "model_failed"
    MODEL_TOO_SLOW = "model_too_slow"
    OUTPUT_SHAPE_MISMATCH = "output_shape_mismatch"
    SEGMENTS_OVERLAP = "segments_overlap"
    READBACK_MISMATCH = "readback_mismatch"

    SERIES_GONE = "series_gone"
    SERIES_CHANGED = "series_changed"
    ARCHIVE_REFUSED = "archive_refused"
    TICKET_REFUSED = "ticket_refused"
    RESULT_REFUSED = "result_refused"
    STORED_OBJECT_DIFFERS = "stored_object_differs"
    DEVICE_UNAVAILABLE = "device_unavailable"
    OUT_OF_MEMORY = "out_of_memory"
    ENGINE_DIED = "engine_died"
    ENGINE_KILLED = "engine_killed"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    INTERNAL_ERROR = "internal_error"


class Fault(StrEnum):
    """Who has to act."""

    CALLER = "caller"
    SERIES = "series"
    MODEL = "model"
    ARCHIVE = "archive"
    WORKER = "worker"


@dataclass(frozen=True)
class ErrorKind:
    """What is the same for every occurrence of one error code."""

    fault: Fault
    retryable: bool
    sentence: str

    @property
    def parameters(self) -> frozenset[str]:
        """Names that the sentence needs filled in."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.sentence) if name)


def _permanent(fault: Fault, sentence: str) -> ErrorKind:
    return ErrorKind(fault, retryable=False, sentence=sentence)


def _transient(fault: Fault, sentence: str) -> ErrorKind:
    return ErrorKind(fault, retryable=True, sentence=sentence)


_C = ErrorCode

ERROR_KINDS: Mapping[ErrorCode, ErrorKind] = MappingProxyType(
    {
        _C.INVALID_REQUEST: _permanent(
            Fault.CALLER, "The call was not understood: {problem}. Correct it and call again."
        ),
        _C.UNAUTHENTICATED: _permanent(
            Fault.CALLER,
            "This call needs a token that Segrelay knows, or somebody who has signed in. Send the "
            "token in the header Authorization as Bearer, or sign in on Segrelay's page.",
        ),
        _C.FORBIDDEN: _permanent(
            Fault.CALLER, "Your role may not make this call. Ask the operator for the right token."
        ),
        _C.FOREIGN_ORIGIN: _permanent(
            Fault.CALLER,
            "Another website tried to make this call in your name, and it was not made. "
            "Use Segrelay's own pages.",
        ),
        _C.TOO_MANY_ATTEMPTS: _transient(
            Fault.CALLER,
            "Too many wrong passwords or tokens were sent. Try again in {seconds} seconds.",
        ),
        _C.UNKNOWN_CALL: _permanent(
            Fault.CALLER,
            "There is nothing at this address. Look the call up in openapi.json.",
        ),
        _C.WRONG_METHOD: _permanent(
            Fault.CALLER,
            "This address is called with another method. Look the call up in openapi.json.",
        ),
        _C.UNKNOWN_REQUEST: _permanent(
            Fault.CALLER,
            "There is no request with this number. Look it up in the list of requests.",
        ),
        _C.UNKNOWN_SERIES: _permanent(
            Fault.CALLER,
            "Orthanc holds no such series. Check the series identifier, or send the images first.",
        ),
        _C.UNSUITABLE_SERIES: _permanent(
            Fault.SERIES, "This series cannot be segmented; the reasons are listed."
        ),
        _C.LEASE_LOST: _permanent(
            Fault.CALLER,
            "This request is no longer leased to this worker. Stop working on it and claim again.",
        ),
        _C.ALREADY_CLAIMED: _permanent(
            Fault.CALLER, "Another worker has this request already. Take the next one."
        ),
        _C.CANCELLED: _permanent(
            Fault.CALLER, "This request was cancelled. Stop working on it; nothing is stored."
        ),
        _C.NOT_CANCELABLE: _permanent(
            Fault.CALLER, "This request has already ended. There is nothing left to cancel."
        ),
        _C.NOT_RETRIABLE: _permanent(
            Fault.CALLER, "This request has not failed. Only a failed request can be tried again."
        ),
        _C.ACTIVE_TWIN: _permanent(
            Fault.CALLER,
            "Another request does the same work already: {request_id}. Follow that one.",
        ),
        _C.IDEMPOTENCY_KEY_REUSED: _permanent(
            Fault.CALLER,
            "This Idempotency-Key was used for another request. Make a new key for each press.",
        ),
        _C.NO_MODEL_FITS: _permanent(
            Fault.SERIES,
            "No known model fits the tagged series of this study. "
            "Name a model, or ask for the analysis of a single series.",
        ),
        _C.UNKNOWN_STUDY: _permanent(
            Fault.CALLER,
            "Orthanc holds no such study. Check the study identifier, or send the images first.",
        ),
        _C.ORTHANC_UNREACHABLE: _transient(
            Fault.ARCHIVE,
            "The image archive (Orthanc) does not answer. Try again in a minute; "
            "if that does not help, tell the operator.",
        ),
        _C.WRONG_MODALITY: _permanent(
            Fault.SERIES,
            "This is a {modality} series; only MR series can be segmented. Choose an MR series.",
        ),
        _C.MULTIFRAME_SERIES: _permanent(
            Fault.SERIES,
            "This series is stored as multi-frame images that do not say where each frame lies. "
            "Export it from the scanner as single-frame or Enhanced MR images.",
        ),
        _C.LOCALIZER: _permanent(
            Fault.SERIES,
            "This is a localizer: a few quick images for planning, not a volume. "
            "Choose a series whose slices are parallel.",
        ),
        _C.SEVERAL_VOLUMES: _permanent(
            Fault.SERIES,
            "This series holds {count} volumes ({found}), and the model does not say which one it "
            "wants. Choose a series with one volume, or have the model package name one.",
        ),
        _C.WANTED_VOLUME_ABSENT: _permanent(
            Fault.SERIES,
            "This series holds several volumes ({found}), but not the one that the model wants. "
            "Choose another series or another model.",
        ),
        _C.SINGLE_SLICE: _permanent(
            Fault.SERIES,
            "This series has only one slice; a volume needs at least two. Choose a full series.",
        ),
        _C.MISSING_GEOMETRY: _permanent(
            Fault.SERIES,
            "{count} images do not say where they lie in the patient ({keyword} is missing or "
            "unreadable). Send the series again from the scanner.",
        ),
        _C.NO_FRAME_OF_REFERENCE: _permanent(
            Fault.SERIES,
            "Images of this series do not name the frame of reference that they were taken in, so "
            "a result could not be laid over them. Send the series again from the scanner.",
        ),
        _C.MIXED_FRAME_OF_REFERENCE: _permanent(
            Fault.SERIES,
            "The images of this series do not share one frame of reference. "
            "Choose a series from a single acquisition.",
        ),
        _C.MIXED_SERIES: _permanent(
            Fault.SERIES,
            "These images name {count} different series or studies as their own. "
            "Send the series again from the scanner.",
        ),
        _C.MIXED_ORIENTATION: _permanent(
            Fault.SERIES,
            "The images of this series lie in {planes} planes that are not parallel. "
            "Choose a series whose slices are parallel.",
        ),
        _C.MIXED_SIZES: _permanent(
            Fault.SERIES,
            "The images of this series differ in size or pixel spacing. "
            "Choose a series whose slices are alike.",
        ),
        _C.DUPLICATE_POSITION: _permanent(
            Fault.SERIES,
            "{count} images of this series lie at the place of another one, and nothing in their "
            "headers tells which belong together. Choose a series with one volume.",
        ),
        _C.MISSING_SLICES: _permanent(
            Fault.SERIES,
            "About {count} slices are missing, the first {after_mm} mm after the first slice. "
            "Send the series again from the scanner.",
        ),
        _C.UNEVEN_SPACING: _permanent(
            Fault.SERIES,
            "The slices are not evenly spaced: {gap_mm} mm where {spacing_mm} mm are usual, first "
            "{after_mm} mm after the first slice. "
            "Choose a series with even spacing.",
        ),
        _C.SHEARED_SLICES: _permanent(
            Fault.SERIES,
            "The slices are shifted sideways against each other by up to {shift_mm} mm "
            "(a tilted acquisition). Choose a series that was not tilted.",
        ),
        _C.ABSURD_SPACING: _permanent(
            Fault.SERIES,
            "The series says that its voxels are {spacing_mm} mm apart, which cannot be. "
            "Send the series again from the scanner.",
        ),
        _C.TOO_LARGE: _permanent(
            Fault.SERIES,
            "The series has {megavoxels} million voxels, more than can be segmented at once. "
            "Choose a smaller series.",
        ),
        _C.UNREADABLE_MOSAIC: _permanent(
            Fault.SERIES,
            "Slices are stored as tiles of one image (a Siemens mosaic), but its private header "
            "with their number and order is missing. Export the series from the scanner again, "
            "without anonymising it or as single images.",
        ),
        _C.BLANK_IMAGES: _permanent(
            Fault.SERIES,
            "All voxels of this series have the same value: there is nothing to see in it. "
            "Choose another series.",
        ),
        _C.UNDECODABLE_PIXELS: _permanent(
            Fault.SERIES,
            "The pixels of image number {instance_number} are cut off or cannot be decoded. "
            "Send the series again from the scanner.",
        ),
        _C.UNREADABLE_DICOM: _permanent(
            Fault.SERIES,
            "{count} files of this series are no readable DICOM images. "
            "Send the series again from the scanner.",
        ),
        _C.ROLE_MISSING: _permanent(
            Fault.SERIES,
            "The model also needs a {role} series, and none is known that can be used. Send one, "
            "or name one in sequence_series_ids; then ask for the analysis again.",
        ),
        _C.ROLE_AMBIGUOUS: _permanent(
            Fault.SERIES,
            "The model also needs a {role} series, and this study has {count} of them. "
            "Name the one that is meant in sequence_series_ids.",
        ),
        _C.ROLE_UNKNOWN: _permanent(
            Fault.SERIES,
            "The model needs several series ({roles}), and nobody knows which of them this one is. "
            "Name the series of each in sequence_series_ids.",
        ),
        _C.OTHER_STUDY: _permanent(
            Fault.SERIES,
            "The {role} series belongs to another study. Name series of one study.",
        ),
        _C.UNSUITABLE_INPUT: _permanent(
            Fault.SERIES,
            "The {role} series cannot be used, for the reasons that follow. "
            "Choose another {role} series.",
        ),
        _C.NOT_A_CANDIDATE: _permanent(
            Fault.SERIES,
            "The tagging rules of the archive do not name the model {model} for this series. "
            "Choose one that they name, or have the rules changed.",
        ),
        _C.NO_MODEL_KNOWN: _permanent(
            Fault.WORKER,
            "No analysis computer has offered a model yet. Start one, or tell the lab that does.",
        ),
        _C.MODEL_NOT_OFFERED: _permanent(
            Fault.WORKER,
            "No analysis computer has offered the model {model} yet. "
            "Choose another model, or tell the lab that runs them.",
        ),
        _C.MODEL_QUARANTINED: _permanent(
            Fault.MODEL,
            "The model {model} came to a bad end again and again, so that no analysis computer "
            "runs it any more. Choose another model, and tell the lab that runs them.",
        ),
        _C.DIFFERENT_FRAMES_OF_REFERENCE: _permanent(
            Fault.SERIES,
            "The {role} series and the {reference} series were taken in different frames of "
            "reference, so they cannot be laid over each other. "
            "Choose series between which the patient was not positioned anew.",
        ),
        _C.INPUTS_DO_NOT_OVERLAP: _permanent(
            Fault.SERIES,
            "The {role} series and the {reference} series have no place in common. "
            "Choose series of the same part of the body.",
        ),
        _C.MODEL_UNREADABLE: _permanent(
            Fault.MODEL,
            "The model package cannot be used: {problem}. Correct the package and start the "
            "worker again.",
        ),
        _C.MODEL_MISCODED: _permanent(
            Fault.MODEL,
            "The model package codes a segment wrongly: {key} in model.toml is {value}, expected "
            "{expected}. Correct the code and start the worker again.",
        ),
        _C.MODEL_CHECKSUM_MISMATCH: _permanent(
            Fault.MODEL,
            "The weights file is not the one that model.toml names: its SHA-256 is {actual}, "
            "expected {expected}. Put the right file there, or correct model.toml.",
        ),
        _C.MODEL_FAILED: _permanent(
            Fault.MODEL,
            "The model could not process this series. Tell the lab that runs the worker; "
            "its log has the details.",
        ),
        _C.MODEL_TOO_SLOW: _permanent(
            Fault.MODEL,
            "The model was stopped because it did not finish within {seconds} seconds, as its "
            "package demands. Tell the lab that runs the worker; limits.seconds in model.toml "
            "sets the limit.",
        ),
        _C.OUTPUT_SHAPE_MISMATCH: _permanent(
            Fault.MODEL,
            "The model returned an array of shape {actual} where {expected} was needed. "
            "Tell the lab that runs the worker.",
        ),
        _C.SEGMENTS_OVERLAP: _permanent(
            Fault.MODEL,
            "The model marked {count} voxels for more than one segment, which a SEG of the kind "
            "labelmap cannot hold. Have the model package choose the kind binary.",
        ),
        _C.READBACK_MISMATCH: _permanent(
            Fault.WORKER,
            "The finished segmentation does not read back as it was computed ({difference}), "
            "so nothing was stored. Tell the lab that runs the worker.",
        ),
        _C.SERIES_GONE: _permanent(
            Fault.ARCHIVE,
            "The series was deleted from Orthanc before it could be read. Send it again.",
        ),
        _C.SERIES_CHANGED: _permanent(
            Fault.SERIES,
            "Images were added to this series or removed from it after the analysis was asked for. "
            "Ask for the analysis again.",
        ),
        _C.ARCHIVE_REFUSED: _permanent(
            Fault.ARCHIVE,
            "Orthanc refused the worker (HTTP status {http_status}). "
            "Ask the operator to check the worker's Orthanc account.",
        ),
        _C.TICKET_REFUSED: _permanent(
            Fault.ARCHIVE,
            "Orthanc refused the worker's ticket. Most likely TICKET_SECRET of Django and "
            "SEGRELAY_TICKET_SECRET of Orthanc differ, or the clocks of their machines do by more "
            "than a minute. Have the operator compare them; /segrelay/health of Orthanc says more.",
        ),
        _C.RESULT_REFUSED: _permanent(
            Fault.WORKER,
            "Orthanc did not store the result, because it does not belong to the series that the "
            "request is about. Tell the lab that runs the worker; its log has the reason.",
        ),
        _C.STORED_OBJECT_DIFFERS: _permanent(
            Fault.ARCHIVE,
            "Orthanc already holds a result of this work with other pixels. The stored one was "
            "kept. Delete it in Orthanc to have it computed anew.",
        ),
        _C.DEVICE_UNAVAILABLE: _transient(
            Fault.WORKER,
            "The worker cannot use its device {device}. It tries again by itself; "
            "if that goes on, check the driver and the setting DEVICE.",
        ),
        _C.OUT_OF_MEMORY: _transient(
            Fault.WORKER,
            "The worker's device {device} has too little memory for this model and this series. "
            "If trying again does not help, tell the lab that runs the worker.",
        ),
        _C.ENGINE_DIED: _transient(
            Fault.WORKER,
            "The process that runs the model ended unexpectedly. "
            "If trying again does not help, tell the lab that runs the worker.",
        ),
        _C.ENGINE_KILLED: _transient(
            Fault.WORKER,
            "The operating system killed the process that runs the model, most likely because the "
            "worker's main memory ran out. "
            "If trying again does not help, tell the lab that runs the worker.",
        ),
        _C.ATTEMPTS_EXHAUSTED: _permanent(
            Fault.WORKER,
            "The request was tried {attempts} times and no worker finished it. "
            "Tell the operator; the timeline shows what happened.",
        ),
        _C.INTERNAL_ERROR: _transient(
            Fault.WORKER,
            "Segrelay made a mistake. Try again; if that does not help, tell the operator.",
        ),
    }
)


def english_sentence(code: ErrorCode, parameters: Parameters) -> str:
    """The sentence for operators and logs. Raises KeyError if a parameter is missing."""
    return ERROR_KINDS[code].sentence.format_map(dict(parameters))
