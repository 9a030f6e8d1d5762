// What every page does: times in the viewer's zone and kept fresh, and a word when a request fails.
(() => {
  const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const exactly = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium" });
  const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const moment = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const second = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
  const year = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

  // The same words as interactions/templatetags/memos.py: relative().
  function ago(when, now) {
    const age = now - when;
    if (age < MINUTE) return "now";
    if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
    if (age < DAY) return `${Math.floor(age / HOUR)} h`;
    if (age < 7 * DAY) return `${Math.floor(age / DAY)} d`;
    return (when.getFullYear() === now.getFullYear() ? day : year).format(when);
  }

  function tell(time) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) return;
    const form = { clock: hour, second, moment }[time.dataset.time];
    const words = form ? form.format(when) : ago(when, new Date());
    if (time.textContent !== words) time.textContent = words;
    const title = exactly.format(when);
    if (time.title !== title) time.title = title;
  }

  function tellAll(root) {
    if (root.matches?.("time[data-time]")) tell(root);
    root.querySelectorAll?.("time[data-time]").forEach(tell);
  }

  tellAll(document);
  setInterval(() => tellAll(document), 30_000);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) tellAll(node);
  }).observe(document.body, { childList: true, subtree: true });

  // A toast says it and leaves; quiet requests (polls) say nothing, they come again.
  let leaving;
  function say(words) {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = words;
    document.getElementById("toasts").replaceChildren(toast);
    clearTimeout(leaving);
    leaving = setTimeout(() => toast.remove(), 8_000);
  }
  // What can be undone is offered for a while.
  const offered = document.querySelector(".toast[data-leaving]");
  if (offered) setTimeout(() => offered.contains(document.activeElement) || offered.remove(), 15_000);
  const isQuiet = (event) => event.detail.elt?.closest("[data-quiet]");
  document.addEventListener("htmx:sendError", (event) => {
    if (!isQuiet(event)) say("The server can’t be reached. Nothing was changed; try again in a moment.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (isQuiet(event)) return;
    const { status, responseText, getResponseHeader } = event.detail.xhr;
    const type = getResponseHeader.call(event.detail.xhr, "content-type") || "";
    if (status === 401 || status === 403) say("You are signed out, or this is not yours. Reload the page.");
    else if (type.startsWith("text/plain") && responseText) say(responseText.slice(0, 200));
    else say("That did not work. Reload the page to see how things stand.");
  });
  // What is to be corrected comes into view.
  document.querySelector('[aria-invalid="true"]')?.focus();

  // A form that does something once does it once, however often the button is clicked.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));

  // The clock that daily timers and quiet hours go by: told once, and again when it is another.
  const teller = document.querySelector("[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = `${teller?.dataset.person} ${zone}`;
  if (teller && zone && localStorage.getItem("zone") !== told) {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    fetch(teller.dataset.zone, { method: "POST", headers, body: new URLSearchParams({ zone }) })
      .then((response) => (response.ok && !response.redirected) || response.status === 400 ? localStorage.setItem("zone", told) : null)
      .catch(() => null);
  }

  // A hidden page asks for nothing.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && isQuiet(event)) event.preventDefault();
  });
})();
