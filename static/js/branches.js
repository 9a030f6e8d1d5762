// Branches: from one version to another and back to its place on the page; writing a message anew; a page that other
// tabs have changed.
import { newId, token } from "./sending.js";

const GOTO = "goto-run";

// The server says that the page is to be read anew; where the reader was is kept until then.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { goto } = event.target.dataset ?? {};
  if (goto) sessionStorage.setItem(GOTO, goto);
});
const goto = sessionStorage.getItem(GOTO);
if (goto && document.getElementById("turns")) {
  sessionStorage.removeItem(GOTO);
  const exchange = document.getElementById(`run-${goto}`);
  if (exchange) {
    exchange.scrollIntoView({ block: "center" });
    exchange.querySelector(".branch button:not([disabled])")?.focus({ preventScroll: true });
  } else {
    location.replace(`${location.pathname}?at=${goto}#run-${goto}`);
  }
}

document.addEventListener("talk:put", () => {
  if (document.getElementById("talk-anew")?.textContent) location.reload();
});

// ---- Writing a message anew ----

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-edit]");
  if (button) edit(button);
});

function edit(button) {
  document.querySelector(".said__form [data-leave]")?.click();
  const said = button.closest(".said");
  const form = document.getElementById("edit-form").content.firstElementChild.cloneNode(true);
  const field = form.elements.text;
  field.value = said.querySelector(".said__text").textContent;
  said.hidden = true;
  said.after(form);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  const leave = () => {
    form.remove();
    said.hidden = false;
    document.getElementById("text").focus();
  };
  form.querySelector("[data-leave]").addEventListener("click", leave);
  field.addEventListener("keydown", (key) => {
    if (key.key === "Escape") {
      key.preventDefault();
      leave();
    }
    if (key.key === "Enter" && !key.shiftKey && !key.isComposing) {
      key.preventDefault();
      form.requestSubmit();
    }
  });
  const id = newId();
  form.addEventListener("submit", async (sent) => {
    sent.preventDefault();
    if (!field.value.trim()) return;
    const trouble = await send(button.dataset.edit, field.value, id);
    if (!trouble) return location.reload();
    const place = form.querySelector("[role=alert]");
    place.hidden = false;
    place.textContent = trouble;
  });
}

async function send(url, text, id) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      body: new URLSearchParams({ text, client_message_id: id }),
    });
    if (response.ok && !response.redirected) return "";
    const body = await response.json().catch(() => null);
    return body?.error?.message ?? "It could not be sent. Reload the page and try again.";
  } catch {
    return "Not sent: no connection. Try again in a moment.";
  }
}

// Up, in an empty field, goes back to what was said last.
document.getElementById("text")?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" || event.target.value || event.isComposing) return;
  const last = [...document.querySelectorAll("#turns [data-edit]")].at(-1);
  if (!last) return;
  event.preventDefault();
  edit(last);
});
