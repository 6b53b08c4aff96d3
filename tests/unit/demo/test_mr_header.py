from demo.mr_header import mr_header


def test_each_header_is_a_fresh_one() -> None:
    mr_header().PatientName = "Somebody^Else"
    assert mr_header().PatientName == "Segrelay^Demo"


def test_the_time_parameters_are_those_of_a_t1() -> None:
    header = mr_header()
    assert header.EchoTime < 30
    assert 300 < header.InversionTime < 1500
    assert header.MRAcquisitionType == "3D"
