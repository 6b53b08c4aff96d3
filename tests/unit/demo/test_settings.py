import pytest

from demo.errors import WrongSettingError
from demo.settings import read_settings


def test_once_is_1_or_0() -> None:
    assert [read_settings({"ONCE": text}).once for text in ("1", "0", "")] == [True, False, False]


def test_another_value_of_once_is_named() -> None:
    with pytest.raises(WrongSettingError, match="ONCE is 'yes'"):
        read_settings({"ONCE": "yes"})


def test_nothing_has_to_be_set() -> None:
    settings = read_settings({})
    assert (settings.once, settings.own_model, settings.device) == (False, None, "cpu")


def test_a_persons_own_model_and_device_are_taken() -> None:
    settings = read_settings({"MODEL_PATH": "src/best_model.pth", "DEVICE": "cuda:1"})
    assert (settings.own_model, settings.device) == ("src/best_model.pth", "cuda:1")


def test_neither_proxies_nor_somebodys_django_reach_the_programs() -> None:
    environment = {
        "HTTP_PROXY": "http://proxy.example",
        "DJANGO_SETTINGS_MODULE": "other.settings",
        "PYTHONPATH": "/elsewhere",
        "CUDA_VISIBLE_DEVICES": "0",
    }
    assert read_settings(environment).handed_on == {"CUDA_VISIBLE_DEVICES": "0"}
