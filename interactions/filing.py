"""Folders: made, renamed, deleted and brought back; conversations put into them."""

from django.contrib.auth.models import User
from django.utils import timezone

from interactions.errors import InteractionError, NotFound
from interactions.models import Conversation, Folder

MOST_NAME, MOST_FOLDERS = 60, 200


class InvalidFolder(InteractionError):
    code, field = "invalid_folder", "name"


def folders(user: User) -> list[Folder]:
    """Return the user's folders by name."""
    return list(Folder.objects.for_user(user).filter(deleted_at=None))


def make(user: User, name: str) -> Folder:
    """Return the user's folder of that name, made if there is none. Raises `InvalidFolder`."""
    name = _checked(name)
    known: Folder | None = Folder.objects.for_user(user).filter(name__iexact=name, deleted_at=None).first()
    if known is not None:
        return known
    if Folder.objects.for_user(user).filter(deleted_at=None).count() >= MOST_FOLDERS:
        raise InvalidFolder(f"You have {MOST_FOLDERS} folders already. Delete one first.")
    return Folder.objects.create(owner=user, name=name)


def rename(pk: int, user: User, name: str) -> Folder:
    """Give a folder another name. Raises `NotFound`, `InvalidFolder`."""
    folder = own(pk, user)
    folder.name = _checked(name)
    folder.save(update_fields=["name"])
    return folder


def delete(pk: int, user: User) -> Folder:
    """Take a folder away; its conversations are listed without one. Raises `NotFound`."""
    folder = own(pk, user)
    Folder.objects.filter(pk=folder.pk, deleted_at=None).update(deleted_at=timezone.now())
    return folder


def restore(pk: int, user: User) -> Folder:
    """Bring a folder back, with what was in it. Raises `NotFound`."""
    folder = own(pk, user)
    Folder.objects.filter(pk=folder.pk).update(deleted_at=None)
    return folder


def move(conversation: Conversation, user: User, folder: int | None) -> None:
    """Put a conversation into a folder, or into none. Raises `NotFound`."""
    if conversation.owner_id != user.pk:
        raise NotFound("There is no such conversation.")
    to = own(folder, user) if folder is not None else None
    Conversation.objects.filter(pk=conversation.pk).update(folder=to)


def own(pk: int, user: User) -> Folder:
    """Return the user's folder. Raises `NotFound`."""
    found: Folder | None = Folder.objects.for_user(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such folder.")
    return found


def folder_id(value: str) -> int | None:
    """Return a folder's number as a form gives it, None for "none". Raises `NotFound` for what is no number."""
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise NotFound("There is no such folder.")
    return int(value)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InvalidFolder("Give the folder a name.")
    if len(name) > MOST_NAME or "\x00" in name:
        raise InvalidFolder(f"A folder’s name has up to {MOST_NAME} characters.")
    return name
