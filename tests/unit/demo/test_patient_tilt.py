import numpy as np
from scipy.spatial.transform import Rotation

from demo.patient_tilt import patient_tilt_ras


def test_the_tilt_turns_about_the_fixed_axes_x_then_y_then_z() -> None:
    expected = Rotation.from_euler("xyz", [12, -9, 7], degrees=True).as_matrix()
    assert np.allclose(patient_tilt_ras()[:3, :3], expected, atol=1e-12)


def test_the_tilt_moves_the_origin_nowhere() -> None:
    assert patient_tilt_ras()[:, 3].tolist() == [0, 0, 0, 1]


def test_no_axis_of_the_image_stays_along_one_of_the_patient() -> None:
    assert (np.abs(patient_tilt_ras()[:3, :3]) > 0.1).all()
