from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from segrelay_api.accounts.errors import NameTakenError, UnknownNameError
from segrelay_api.accounts.models import Person
from segrelay_api.accounts.people import change_person, create_person, find_person
from segrelay_api.accounts.principal import Role

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"


def make(name: str = "kim", role: Role = Role.REQUESTER) -> Person:
    return create_person(name=name, role=role, password=PASSWORD)


def test_name_and_password_together_find_somebody() -> None:
    make()
    assert find_person(name="kim", password=PASSWORD) == Person.objects.get()
    assert find_person(name="kim", password="a wrong password") is None
    assert find_person(name="lee", password=PASSWORD) is None


def test_the_password_is_not_in_the_database() -> None:
    make()
    assert PASSWORD not in str(Person.objects.values().get())


def test_a_korean_name_is_the_same_however_it_was_typed() -> None:
    make(unicodedata.normalize("NFD", "김철수"))
    assert find_person(name="김철수 ", password=PASSWORD) is not None


def test_no_name_upsets_the_database() -> None:
    make()
    assert find_person(name="k\0im", password=PASSWORD) is not None
    assert find_person(name="\0", password=PASSWORD) is None


@pytest.mark.parametrize("password", ["", "short", "1234567890", "password123"])
def test_an_easy_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        create_person(name="kim", role=Role.VIEWER, password=password)
    assert not Person.objects.exists()


def test_a_name_belongs_to_one_person() -> None:
    make()
    with pytest.raises(NameTakenError):
        make()


def test_who_is_shut_out_is_not_found() -> None:
    make()
    change_person(name="kim", is_active=False)
    assert find_person(name="kim", password=PASSWORD) is None
    change_person(name="kim", is_active=True)
    assert find_person(name="kim", password=PASSWORD) is not None


def test_a_change_changes_what_is_given_and_no_more() -> None:
    make()
    change_person(name="kim", role=Role.ADMIN)
    assert find_person(name="kim", password=PASSWORD) is not None
    change_person(name="kim", password="another password")
    person = find_person(name="kim", password="another password")
    assert person is not None
    assert person.role == Role.ADMIN


def test_nobody_cannot_be_changed() -> None:
    with pytest.raises(UnknownNameError):
        change_person(name="kim", role=Role.ADMIN)
