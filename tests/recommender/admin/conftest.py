from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.recommender.admin.rows import Shop
    from users.models import User


@pytest.fixture
def shop(db: None) -> Shop:
    """A small shop."""
    from tests.recommender.admin.rows import Shop  # models can only be imported once Django is set up

    return Shop()


@pytest.fixture
def admin_user(db: None) -> User:
    """For `admin_client`: a superuser who never types a password, so that none is hashed for every test."""
    from users.models import User

    return User.objects.create(username="anna", is_staff=True, is_superuser=True)
