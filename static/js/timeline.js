// The timeline: pick an event, by click, key or the track, and see the state as it was there.
const main = document.getElementById("main");
const track = document.getElementById("track");
const body = document.getElementById("moment-body");
const last = Number(track?.max || 0);
let head = Number(track?.value || 0), pending, asked = head;

// ---- The head: the line through the lanes, the row, the track ----

function draw(scrolls) {
  const row = document.getElementById(`e${head}`);
  for (const other of document.querySelectorAll(".log__item[aria-current]")) other.removeAttribute("aria-current");
  row?.setAttribute("aria-current", "true");
  const x = row?.dataset.x;
  for (const line of document.querySelectorAll(".lanes .head")) {
    line.setAttribute("visibility", x ? "visible" : "hidden");
    if (x) for (const name of ["x1", "x2"]) line.setAttribute(name, x);
  }
  for (const cap of document.querySelectorAll(".lanes .head__cap")) {
    cap.setAttribute("visibility", x ? "visible" : "hidden");
    if (x) cap.setAttribute("cx", x);
  }
  drawTrack();
  if (scrolls) row?.scrollIntoView({ block: "nearest" });
}

function drawTrack() {
  if (!track) return;
  track.value = head;
  track.setAttribute("aria-valuetext", `Event ${head} of ${last}`);
  const place = `${last > 1 ? ((head - 1) / (last - 1)) * 100 : 100}%`, line = document.getElementById("track-line");
  document.getElementById("track-head").setAttribute("cx", place);
  for (const name of ["x1", "x2"]) line.setAttribute(name, place);
  document.getElementById("track-words").textContent = head;
  document.getElementById("play").href = `${main.dataset.replay}?from=${head}`;
}

// ---- Going to an event: what is drawn moves at once; what is asked for waits until the reader rests. ----

function go(seq, scrolls = true) {
  if (!last) return;
  head = Math.min(last, Math.max(1, seq));
  draw(scrolls);
  clearTimeout(pending);
  pending = setTimeout(ask, 150);
}

async function ask() {
  if (asked === head) return;
  const mine = (asked = head);
  const address = new URL(location);
  address.searchParams.set("at", mine);
  address.searchParams.delete("from");
  history.replaceState(history.state, "", address);
  const row = document.getElementById(`e${mine}`);
  const requests = [
    window.htmx.ajax("GET", main.dataset.moment.replace("/0/", `/${mine}/`), { target: body, swap: "innerHTML" }),
  ];
  // An event that is not on the page, or not on its lanes, brings the window about it.
  if (!row?.dataset.x) {
    requests.push(window.htmx.ajax("GET", address.pathname + address.search, { target: "#window", swap: "outerHTML" }));
  }
  await Promise.allSettled(requests);
  if (mine === head) draw(!row?.dataset.x);
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const step = event.target.closest("[data-step]");
  if (step) return go(head + Number(step.dataset.step));
  const link = event.target.closest("[data-at]");
  if (link) {
    event.preventDefault();
    return go(Number(link.dataset.at));
  }
  const row = event.target.closest(".log__row");
  if (row) go(Number(row.closest(".log__item").dataset.seq), false);
});

track?.addEventListener("input", () => go(Number(track.value)));

const isTyping = (element) => element.closest("input:not([type=range]), select, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const isElsewhere = event.target !== track;
  const steps = { ArrowLeft: -1, ArrowRight: 1, k: -1, j: 1, PageUp: -10, PageDown: 10 };
  if (event.key in steps && (isElsewhere || event.key.length === 1)) go(head + steps[event.key]);
  else if (event.key === "Home" && isElsewhere) go(1);
  else if (event.key === "End" && isElsewhere) go(last);
  else if (event.key === "/") document.getElementById("q").focus();
  else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? -1 : 1);
  else if (event.key === " " && !event.target.closest("button, a, summary")) document.getElementById("play")?.click();
  else return;
  event.preventDefault();
});

function zoom(by) {
  const select = document.querySelector("select[name=zoom]");
  const place = Math.min(select.options.length - 1, Math.max(0, select.selectedIndex + by));
  if (place === select.selectedIndex) return;
  select.selectedIndex = place;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

// ---- Times in the reader's zone ----

const second = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
function tellTicks() {
  for (const tick of document.querySelectorAll("[data-tick]")) {
    const whole = second.format(new Date(tick.dataset.tick)), { length } = tick.textContent;
    tick.textContent = length === 3 ? whole.slice(5) : whole.slice(0, length);
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.closest?.(".tl__main") && event.target.id !== "window") return;
  tellTicks();
  draw(false);
});
tellTicks();
draw(new URL(location).searchParams.has("at"));
