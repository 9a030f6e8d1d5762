// Sheets: links with data-sheet open beside the talk, under their own address; going back closes them.
const sheet = document.getElementById("sheet");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState({ sheet: link.href }, "", link.href);
  open(link.href);
});

async function open(url) {
  try {
    await window.htmx.ajax("GET", url, { target: sheet, swap: "innerHTML" });
  } catch {
    return;
  }
  if (!sheet.childElementCount) return;
  if (!sheet.open) sheet.showModal();
  sheet.querySelector(".sheet__body")?.focus();
}

// However it is closed, the address of the talk comes back.
sheet.addEventListener("close", () => {
  sheet.replaceChildren();
  if (history.state?.sheet) history.back();
});
sheet.addEventListener("click", (event) => {
  const away = event.target === sheet || event.target.closest("[data-close]");
  if (!away) return;
  event.preventDefault();
  sheet.close();
});
addEventListener("popstate", (event) => {
  if (event.state?.sheet) open(event.state.sheet);
  else if (sheet.open) sheet.close();
});
