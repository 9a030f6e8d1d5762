// Light, dark or the system's choice. Loaded before the first paint; the cookie lets the server render the choice too.
const root = document.documentElement;
const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/);
if (chosen) root.dataset.theme = chosen[1];

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax${secure}`;
});
