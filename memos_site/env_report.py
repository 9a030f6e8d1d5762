"""Says what is wrong with the environment, one line per variable."""

from pydantic import ValidationError


def report(error: ValidationError) -> str:
    """Return a line for each bad variable: its name, its value (unless it may hold a secret), what is expected."""
    return "\n".join(_line(str(item["loc"][0]), item["input"], item["msg"]) for item in error.errors())


def _line(place: str, value: object, message: str) -> str:
    name = place if place.isupper() else f"MEMOS_{place.upper()}"
    shown = "" if name.endswith(("_URL", "_KEY")) else f"={value}"
    wanted = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{name}{shown} is not valid: it should be {wanted.partition(', unable')[0]}. Change or unset it."
