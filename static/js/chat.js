// The chat page's small habits: opened actions, copying, days in the viewer's zone, what was read, clocks that run.
const talk = document.getElementById("main");
const log = document.getElementById("log");

// ---- One opened action per turn ----

document.addEventListener("htmx:beforeRequest", (event) => {
  const step = event.target;
  if (!step.matches("[data-step]") || step.getAttribute("aria-expanded") !== "true") return;
  event.preventDefault();
  step.setAttribute("aria-expanded", "false");
  document.getElementById(step.getAttribute("aria-controls")).replaceChildren();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const step = event.detail.requestConfig?.elt;
  if (step?.matches("[data-step]")) {
    for (const other of step.parentElement.querySelectorAll("[data-step]")) {
      other.setAttribute("aria-expanded", String(other === step));
    }
  }
  if (event.detail.requestConfig?.elt?.id === "older") days();
});

// ---- The state panel: asked for once, however many changes come together. What changed since the last message
// stays marked; only what changed since the last look flashes. ----

const panel = () => document.getElementById("panel");
let markedFrom = Number(panel().dataset.version), newest = markedFrom, asking;
document.addEventListener("talk:state", (event) => stateIs(event.detail.version));
function stateIs(version) {
  if (version <= newest) return;
  newest = version;
  clearTimeout(asking);
  asking = setTimeout(refreshPanel, 120);
}
function refreshPanel() {
  if (Number(panel().dataset.version) < newest) askForPanel();
}
// One request at a time: the answer to a second would find that the first had replaced the panel it was for. Over is a
// request with its end: htmx tells of a swap once for every element that came.
let isAsked = false;
async function askForPanel() {
  if (isAsked) return;
  isAsked = true;
  const old = panel(), { url, version } = old.dataset;
  const address = `${url}?since=${markedFrom}&seen=${version}`;
  try {
    await window.htmx.ajax("GET", address, { source: old, target: old, swap: "outerHTML" });
  } catch {
    // The line tells of a server that is away, and asks when it is back.
  } finally {
    isAsked = false;
  }
  if (panel() === old) return;
  colour();
  refreshPanel();
}

// A notice can be lost while the line is gone: then look once.
let wasLost = false;
document.addEventListener("talk:line", (event) => {
  if (event.detail.up && wasLost) {
    readList();
    askForPanel();
  }
  wasLost = !event.detail.up;
});

// The list of talks. What asks for it while it is on its way may know of more than it brings: then once more.
let isListing = false, isListingAgain = false;
async function readList() {
  isListingAgain = isListing;
  if (isListing) return;
  isListing = true;
  const rows = document.getElementById("rows");
  try {
    await window.htmx.ajax("GET", rows.getAttribute("hx-get"), { source: rows, target: rows, swap: "outerHTML" });
  } catch {
    // As for the panel.
  } finally {
    isListing = false;
  }
  if (isListingAgain) readList();
}
document.addEventListener("talk:elsewhere", readList);

// The accent of the page is the mood of the entity.
function colour() {
  const mood = panel()?.dataset.mood;
  if (mood) document.body.dataset.mood = mood;
}

// ---- Copying ----

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-turn]");
  if (!button) return;
  const texts = button.matches("[data-copy]")
    ? [button.parentElement.querySelector("pre").innerText]
    : [...button.closest(".turn").querySelectorAll(".speech")].map((speech) => speech.innerText);
  try {
    await navigator.clipboard.writeText(texts.join("\n\n"));
    button.dataset.done = "";
    button.title = "Copied";
    setTimeout(() => {
      delete button.dataset.done;
      button.title = "Copy";
    }, 1_500);
  } catch {
    button.title = "Select the text and copy it: this page may not.";
  }
});

// ---- Days, in the viewer's zone ----

const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
function days() {
  let before = "";
  for (const day of document.querySelectorAll("#turns .day")) {
    if (!day.dataset.at) continue;
    const words = weekday.format(new Date(day.dataset.at)).replace(",", "");
    if (day.textContent !== words) day.textContent = words;
    if (day.hidden !== (words === before)) day.hidden = words === before;
    before = words;
  }
}

// ---- Clocks of what runs ----

function tick() {
  for (const total of document.querySelectorAll(".strip__total[data-since]")) {
    const seconds = Math.max(0, (Date.now() - new Date(total.dataset.since)) / 1000);
    total.textContent = `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  }
}
setInterval(tick, 500);

// ---- What was read: said to the server a moment after it was visible, or when the reader leaves ----

let read = 0, visible = 0, reading;
function seen() {
  const seq = Number(talk.dataset.seq);
  if (document.visibilityState !== "visible" || seq <= read) return;
  visible = seq;
  clearTimeout(reading);
  reading = setTimeout(tellRead, 800);
}
function tellRead() {
  clearTimeout(reading);
  if (visible <= read) return;
  read = visible;
  const token = document.querySelector("#composer [name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams({ seq: read });
  fetch(talk.dataset.read, { method: "POST", headers: { "X-CSRFToken": token }, body, keepalive: true }).catch(() => (read = 0));
}
window.addEventListener("pagehide", () => {
  if (visible > read) sessionStorage.setItem("left", Date.now());
  tellRead();
});
// Said on leaving, it may not have been known yet when the next talk's page was made.
if (Date.now() - Number(sessionStorage.getItem("left") || 0) < 5_000) setTimeout(readList, 600);
document.addEventListener("visibilitychange", seen);

// ---- After every change of the page ----

let wasBusy = Boolean(document.querySelector("#stop [data-stop]"));
function settle() {
  days();
  tick();
  seen();
  const isBusy = Boolean(document.querySelector("#stop [data-stop]"));
  if (isBusy && !wasBusy) markedFrom = Number(panel().dataset.version);
  if (isBusy !== wasBusy) readList();
  wasBusy = isBusy;
  stateIs(Number(document.getElementById("state-version").textContent));
  document.querySelector("[data-hint]").textContent = isBusy ? "queues" : "sends";
  document.querySelector("[data-hint-stop]").hidden = !isBusy;
  document.querySelector("#talk-bloom .bloom")?.classList.toggle("bloom--breathing", isBusy);
  document.querySelector("#rows [aria-current] .bloom")?.classList.toggle("bloom--breathing", isBusy);
}
// Text streams in many small pieces: one look for several of them is enough.
let settling;
document.addEventListener("talk:put", () => {
  settling ??= setTimeout(() => {
    settling = undefined;
    settle();
  }, 40);
});
settle();

// A link into the page, such as from the timeline, must not leave the newest line out of view for good.
if (!location.hash) log.scrollTop = 0;
