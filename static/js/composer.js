// Writing: a message shows at once, is kept until the server has it, and can be sent again without being said twice.
import { newId, token } from "./sending.js";

const talk = document.getElementById("main");
const form = document.getElementById("composer");
const field = form.elements.text;
const outbox = document.getElementById("outbox");
const error = document.getElementById("composer-error");
const keys = { draft: `draft:${talk.dataset.conversation}`, outbox: `outbox:${talk.dataset.conversation}` };

const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(keys.outbox)) ?? [];
  } catch {
    return [];
  }
};
const store = (letters) => (letters.length ? localStorage.setItem(keys.outbox, JSON.stringify(letters)) : localStorage.removeItem(keys.outbox));
const forget = (id) => store(stored().filter((letter) => letter.id !== id));

// ---- The draft ----

if (!field.value) field.value = localStorage.getItem(keys.draft) ?? "";
else localStorage.setItem(keys.draft, field.value);
field.addEventListener("input", () => {
  localStorage.setItem(keys.draft, field.value);
  grow();
});
function write(text) {
  field.value = text;
  if (text) localStorage.setItem(keys.draft, text);
  else localStorage.removeItem(keys.draft);
  grow();
}
function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}
function giveBack(text) {
  write(field.value.trim() ? `${text}\n\n${field.value}` : text);
  field.focus();
}

// ---- Sending ----

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  complain("");
  const letter = { id: newId(), text };
  store([...stored(), letter]);
  write("");
  show(letter, "Sending");
  document.getElementById("log").scrollTop = 0;
  deliver();
});

field.addEventListener("keydown", (event) => {
  const isThumb = matchMedia("(pointer: coarse)").matches;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || isThumb) return;
  event.preventDefault();
  form.requestSubmit();
});

function show(letter, state, isFailed = false) {
  const id = `said-${letter.id}`;
  let said = document.getElementById(id);
  if (said && !outbox.contains(said)) return; // the server has it
  if (!said) {
    said = document.getElementById("pending").content.firstElementChild.cloneNode(true);
    said.id = id;
    said.querySelector(".said__text").textContent = letter.text;
    outbox.append(said);
    document.getElementById("empty")?.remove();
  }
  said.querySelector("[data-state]").textContent = state;
  said.classList.toggle("said--failed", isFailed);
  said.setAttribute("aria-label", isFailed ? "You, not sent" : "You, being sent");
  for (const button of said.querySelectorAll("button")) button.hidden = !isFailed;
}

// One after the other, so that the order of writing is the order of arriving.
let isBusy = false;
async function deliver() {
  if (isBusy) return;
  isBusy = true;
  for (let letter; (letter = stored().find((each) => !each.failed)); ) {
    if (!(await post(letter))) break;
  }
  isBusy = false;
}

async function post(letter) {
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      body: new URLSearchParams({ text: letter.text, client_message_id: letter.id }),
    });
  } catch {
    return fail(letter, "Not sent: no connection.");
  }
  if (response.redirected || response.status === 403) return fail(letter, "Not sent: you are signed out. Reload the page and sign in.");
  const body = await response.json().catch(() => null);
  if (response.ok && body) {
    forget(letter.id);
    document.dispatchEvent(new CustomEvent("talk:apply", { detail: { frame: body } }));
    document.dispatchEvent(new CustomEvent("talk:catchup"));
    return true;
  }
  if (body?.error && response.status < 500 && response.status !== 429) {
    forget(letter.id);
    document.getElementById(`said-${letter.id}`)?.remove();
    complain(body.error.message);
    giveBack(letter.text);
    return true;
  }
  return fail(letter, body?.error ? `Not sent: ${body.error.message}` : "Not sent: the server could not take it.");
}

function fail(letter, words) {
  store(stored().map((each) => (each.id === letter.id ? { ...each, failed: true } : each)));
  show(letter, words, true);
  return false;
}

function again() {
  store(stored().map(({ id, text }) => ({ id, text })));
  for (const letter of stored()) show(letter, "Sending");
  deliver();
}

outbox.addEventListener("click", (event) => {
  const said = event.target.closest("article");
  if (event.target.closest("[data-retry]")) again();
  if (!event.target.closest("[data-drop]")) return;
  const id = said.id.replace("said-", "");
  const letter = stored().find((each) => each.id === id);
  forget(id);
  said.remove();
  if (letter) giveBack(letter.text);
});

function complain(words) {
  error.hidden = !words;
  error.querySelector("span").textContent = words;
  if (words) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

// What was not sent before a reload or while the line was gone is sent now, under the same id.
addEventListener("online", again);
document.addEventListener("talk:line", (event) => event.detail.up && stored().length && again());
for (const letter of stored()) {
  if (document.getElementById(`said-${letter.id}`)) forget(letter.id);
  else show(letter, letter.failed ? "Not sent" : "Sending", letter.failed);
}
if (stored().some((letter) => !letter.failed)) deliver();

// ---- Taking back what waits, and stopping ----

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, xhr } = event.detail;
  if (!successful) return;
  if (elt.matches("[data-withdraw]")) giveBack(JSON.parse(xhr.responseText).text);
  if (elt.matches("[data-withdraw], [data-stop], .retry")) document.dispatchEvent(new CustomEvent("talk:catchup"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (document.querySelector(":popover-open, dialog[open]") || event.target.closest?.("#title")) return;
  document.querySelector("#stop [data-stop]")?.click();
});
grow();
