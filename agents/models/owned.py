"""Whose row is it: the one filter that keeps a person's things their own."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows with an owner, found along the model's `owner_path`."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the rows that belong to `user`; none for an anonymous one."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**{self.model.owner_path: user.pk})


class Owned(models.Model):
    """A row that belongs to a user, directly or through the row it hangs on."""

    owner_path: ClassVar[str] = "owner"

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
