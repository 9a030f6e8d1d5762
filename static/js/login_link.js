// Presses the button, once somebody really looks: not while a browser or a mail program loads the page ahead of time.
(() => {
  const form = document.getElementById("login-link");
  function press() {
    if (document.prerendering || document.visibilityState !== "visible") return;
    document.removeEventListener("prerenderingchange", press);
    document.removeEventListener("visibilitychange", press);
    form.requestSubmit();
  }
  document.addEventListener("prerenderingchange", press);
  document.addEventListener("visibilitychange", press);
  press();
})();
