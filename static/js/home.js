// Home greets by the viewer's clock, and looks again at once when a run was stopped.
(() => {
  const hour = new Date().getHours();
  const part = hour < 5 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
  const greeting = document.querySelector("[data-greeting]");
  if (greeting) greeting.textContent = part === "night" ? "Still up" : `Good ${part}`;

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.matches("[data-stop]")) htmx.trigger("#live", "refresh");
  });
})();
