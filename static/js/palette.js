// Ctrl+K: find anything. The rows come from the server; the arrows choose, Enter goes there.
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const field = document.getElementById("palette-words"), rows = document.getElementById("palette-rows");
  const options = () => [...rows.querySelectorAll("[role=option]")];
  let chosen = 0, asked = 0, asking;

  function choose(place) {
    const all = options();
    chosen = all.length ? (place + all.length) % all.length : 0;
    for (const [number, option] of all.entries()) option.setAttribute("aria-selected", String(number === chosen));
    if (!all.length) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  async function ask() {
    const mine = ++asked;
    const talk = document.getElementById("main")?.dataset.conversation ?? "";
    const query = new URLSearchParams({ q: field.value, talk });
    try {
      const response = await fetch(`${field.dataset.url}?${query}`, { headers: { "HX-Request": "true" } });
      if (mine !== asked || !response.ok || response.redirected) return;
      const template = document.createElement("template");
      template.innerHTML = await response.text();
      rows.replaceChildren(template.content);
      choose(0);
    } catch {
      // The server is away; what is there stays.
    }
  }

  function open() {
    if (palette.open) return palette.close();
    field.value = "";
    palette.showModal();
    field.focus();
    ask();
  }

  function go(option) {
    palette.close();
    const { command } = option.dataset, text = document.getElementById("text");
    if (!command || !text) return;
    text.value = command;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-palette]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  field.addEventListener("input", () => {
    clearTimeout(asking);
    asking = setTimeout(ask, 80);
  });
  field.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Home" && event.ctrlKey) choose(0);
    else if (event.key === "Enter" && all[chosen]) all[chosen].click();
    else if (event.key === "Escape") palette.close(); // a search field would only empty itself
    else return;
    event.preventDefault();
  });
  rows.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.dataset.command) event.preventDefault();
    go(option);
  });
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
})();
