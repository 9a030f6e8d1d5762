"""HTML as a tree that can be compared, and what static/js/live.js does with fragments, in Python."""

from collections.abc import Iterator

from django.test.html import Element, parse_html

# What only a browser's page has, or what differs by design: what is read out is not on a reloaded page.
_IGNORED = {"data-once", "data-streaming"}
_GENERATED = ("announce", "row-")


def elements(root: Element) -> Iterator[Element]:
    """Yield `root` and every element below it."""
    yield root
    for child in root.children:
        if isinstance(child, Element):
            yield from elements(child)


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute's value; "" for one without, None when it is not there."""
    for key, value in element.attributes:
        if key == name:
            return value or ""
    return None


def by_id(root: Element, name: str) -> Element | None:
    """Return the element with the id `name`, or None."""
    return next((element for element in elements(root) if attribute(element, "id") == name), None)


def roots(html: str) -> list[Element]:
    """Return the root elements of a fragment."""
    tree = parse_html(f"<main>{html}</main>")
    return [child for child in tree.children if isinstance(child, Element)]


def _parent(root: Element, child: Element) -> Element:
    return next(element for element in elements(root) if any(each is child for each in element.children))


def upsert(page: Element, html: str) -> None:
    """Put a frame's fragments into `page`: replace by id, append to what data-into names, or take away."""
    for new in roots(html):
        name = attribute(new, "id")
        assert name, f"a fragment without an id can't be put: {new}"
        there = by_id(page, name)
        if attribute(new, "data-gone") is not None:
            if there is not None:
                _remove(page, there)
        elif attribute(new, "data-once") is not None and there is not None:
            continue
        elif there is not None:
            siblings = _parent(page, there).children
            siblings[next(place for place, each in enumerate(siblings) if each is there)] = new
        elif (into := attribute(new, "data-into")) and (place := by_id(page, into.removeprefix("#"))) is not None:
            place.children.append(new)


def _remove(page: Element, child: Element) -> None:
    parent = _parent(page, child)
    parent.children = [each for each in parent.children if each is not child]


def plain(element: Element) -> object:
    """Return `element` as nested tuples that are equal when it looks the same."""
    attributes = sorted((key, value) for key, value in element.attributes if key not in _IGNORED)
    children = [plain(each) if isinstance(each, Element) else each.strip() for each in element.children]
    return element.name, attributes, [each for each in children if each != ""]
