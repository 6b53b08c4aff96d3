class DemoError(Exception):
    """The demo can't go on; the message says what happened and what to do.

    DemoError
    ├── ImageUnavailableError    the head MRI could not be fetched
    ├── ModelUnavailableError    the pretrained nets could not be found
    ├── ReferenceFailedError     the independent reference gave no mask
    ├── StoredMaskUnreadableError  the stored segmentation could not be read back
    ├── GridMismatchError        two masks do not lie on the same voxels
    ├── WrongSettingError        a variable of the environment has a value that cannot be used
    ├── ProgramMissingError      something that `make setup` installs is not there
    ├── ProgramEndedError        one of the started programs ended by itself
    ├── TooSlowError             something did not happen in time
    ├── CallFailedError          Orthanc or the queue refused a call, or did not answer
    └── WrongResultError         the request ended without the result that it should have
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


class WrongSettingError(DemoError):
    """A variable of the environment has a value that cannot be used."""


class ProgramMissingError(DemoError):
    """Something that `make setup` installs is not there."""


class ProgramEndedError(DemoError):
    """One of the started programs ended by itself."""


class TooSlowError(DemoError):
    """Something did not happen in time."""


class CallFailedError(DemoError):
    """Orthanc or the queue refused a call, or did not answer."""


class WrongResultError(DemoError):
    """The request ended without the result that it should have."""
