// Fragments of the talk: each root element replaces the one of its id, or goes into the one that data-into names.

export function put(html, prepare) {
  if (!html) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  prepare?.(template.content);
  for (const element of [...template.content.children]) putOne(element);
  document.getElementById("empty")?.remove();
}

function putOne(element) {
  const there = document.getElementById(element.id);
  if ("gone" in element.dataset) return there?.remove();
  if ("words" in element.dataset) {
    if (there && there.textContent !== element.textContent) there.textContent = element.textContent;
    return;
  }
  if ("once" in element.dataset) {
    if (there) return;
    delete element.dataset.once;
  }
  // What the page made itself, such as a message being sent, gives way to what the server says under the same id.
  for (const inner of element.querySelectorAll("[id]")) {
    const double = document.getElementById(inner.id);
    if (double && !there?.contains(double)) double.remove();
  }
  if (there) replace(there, element);
  else document.querySelector(element.dataset.into || null)?.append(element);
  if (element.isConnected) window.htmx.process(element);
}

function replace(there, element) {
  for (const kept of there.querySelectorAll("[data-keep]")) {
    if (kept.childNodes.length) element.querySelector(`#${CSS.escape(kept.id)}`)?.replaceChildren(...kept.childNodes);
  }
  for (const open of there.querySelectorAll('[id][aria-expanded="true"]')) {
    element.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("aria-expanded", "true");
  }
  const focused = there.contains(document.activeElement) ? document.activeElement.id : "";
  there.replaceWith(element);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
