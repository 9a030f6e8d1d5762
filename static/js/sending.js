// What every way of sending needs: an id of the page's own making, and the token that says who asks.
export const newId = () =>
  crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const token = () => document.querySelector("#composer [name=csrfmiddlewaretoken]").value;
