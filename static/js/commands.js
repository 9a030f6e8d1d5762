// Commands in the composer: "/" offers them; what begins with one goes to the server as such, not as a message.
import { token } from "./sending.js";

const form = document.getElementById("composer");
const field = form.elements.text;
const list = document.getElementById("completion");
const options = [...list.children];

let chosen = 0;
const offered = () => options.filter((option) => !option.hidden);
const isOpen = () => !list.hidden;

function offer() {
  const typed = /^\/([a-z]*)$/.exec(field.value);
  for (const option of options) option.hidden = !typed || !option.dataset.name.startsWith(typed[1]);
  list.hidden = !offered().length;
  choose(0);
}
function choose(place) {
  const shown = offered();
  chosen = shown.length ? (place + shown.length) % shown.length : 0;
  for (const option of options) option.setAttribute("aria-selected", String(option === shown[chosen] && isOpen()));
  if (isOpen()) field.setAttribute("aria-activedescendant", shown[chosen].id);
  else field.removeAttribute("aria-activedescendant");
}
function take(option) {
  write(`/${option.dataset.name} `);
  field.focus();
}
function write(text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

let isRefused = false;
field.addEventListener("input", () => {
  offer();
  if (isRefused) complain("");
});
field.addEventListener("blur", () => setTimeout(() => (list.hidden = true), 150));
list.addEventListener("mousedown", (event) => {
  const option = event.target.closest("[role=option]");
  if (!option) return;
  event.preventDefault();
  take(option);
});
// Before the composer's own keys: while commands are offered, Enter takes one and Escape closes the list.
field.addEventListener(
  "keydown",
  (event) => {
    if (!isOpen() || event.isComposing) return;
    const shown = offered(), option = shown[chosen];
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") list.hidden = true;
    else if (event.key === "Tab" && !event.shiftKey) take(option);
    else if (event.key === "Enter" && field.value !== `/${option.dataset.name}`) take(option);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  { capture: true },
);

form.addEventListener(
  "submit",
  (event) => {
    const text = field.value.trim();
    if (text.startsWith("//")) return void write(text.slice(1)); // said as it is
    if (!/^\/[a-z]+(\s|$)/.test(text)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    give(text);
  },
  { capture: true },
);

async function give(text) {
  list.hidden = true;
  complain("");
  let body = null;
  try {
    const response = await fetch(list.dataset.url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      body: new URLSearchParams({ text }),
    });
    body = await response.json().catch(() => null);
    if (!response.ok || response.redirected) return complain(body?.error?.message ?? "This could not be done. Reload the page and try again.");
  } catch {
    return complain("Not done: no connection.");
  }
  write("");
  if (body.redirect) return location.assign(body.redirect);
  document.dispatchEvent(new CustomEvent("talk:apply", { detail: { frame: body } }));
  document.dispatchEvent(new CustomEvent("talk:catchup"));
  document.getElementById("log").scrollTop = 0;
}

function complain(words) {
  isRefused = Boolean(words);
  const error = document.getElementById("composer-error");
  error.hidden = !words;
  error.querySelector("span").textContent = words;
}
