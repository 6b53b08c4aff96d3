class DemoError(Exception):
    """The demo can't go on; the message says what happened and what to do.

    DemoError
    ├── ImageUnavailableError    the head MRI could not be fetched
    ├── ModelUnavailableError    the pretrained nets could not be found
    ├── ReferenceFailedError     the independent reference gave no mask
    ├── StoredMaskUnreadableError  the stored segmentation could not be read back
    └── GridMismatchError        two masks do not lie on the same voxels
    """


class ImageUnavailableError(DemoError):
    """The head MRI could not be fetched."""


class ModelUnavailableError(DemoError):
    """The pretrained nets could not be found."""


class ReferenceFailedError(DemoError):
    """The independent reference gave no mask."""


class StoredMaskUnreadableError(DemoError):
    """The stored segmentation could not be read back."""


class GridMismatchError(DemoError):
    """Two masks do not lie on the same voxels, so that they can't be compared voxel by voxel."""
