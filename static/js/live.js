// The talk's line to the server: a socket that comes back by itself, and fragments put where they belong.
// What others need of it goes by events on the document:
//   talk:line {up}      the socket is there, or gone           talk:put            fragments were put into the page
//   talk:state {version}   the entity's state has changed
//   talk:elsewhere      something has begun in another talk, or one was read
//   talk:apply {frame}  put this frame, as if it had come here   talk:catchup        ask by request if the socket is gone
import { put as putFragments } from "./fragments.js";

const talk = document.getElementById("main");
const line = document.getElementById("line");

const PING = 20_000, PONG = 10_000, QUIET = 2_000, POLL = 3_000, LONGEST = 15_000;
const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(`talk:${name}`, { detail }));

let seq = Number(talk.dataset.seq);
let socket = null, tries = 0, isUp = false, isOver = false;
let retry, ping, pong, poll, quiet, lastTick = Date.now();

function put(html) {
  if (!html) return;
  putFragments(html);
  tell("put");
}

function take(frame) {
  if (frame.seq != null && frame.html !== undefined && frame.seq > seq) {
    seq = frame.seq;
    talk.dataset.seq = seq;
  }
  put(frame.html);
  if (frame.notice === "ready") ready();
  else if (frame.notice === "delayed") say("Live updates are delayed. Nothing is lost; it comes a little later.");
  else if (frame.notice === "resync") resync();
  else if (frame.notice === "talks") tell("elsewhere");
  if (frame.version !== undefined) tell("state", { version: frame.version });
}

// The page's cursor is not in the log any more, as after a restored backup: read the page anew, but not for ever.
function resync() {
  const last = Number(sessionStorage.getItem("resync") || 0);
  if (Date.now() - last < 30_000) return;
  sessionStorage.setItem("resync", Date.now());
  location.reload();
}

// ---- The socket ----

function connect() {
  clearTimeout(retry);
  if (isOver || (socket && socket.readyState <= WebSocket.OPEN)) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}${talk.dataset.socket}?after=${seq}&format=html`);
  socket = mine;
  mine.onopen = () => schedulePing();
  mine.onmessage = (message) => {
    if (mine !== socket) return;
    const frame = JSON.parse(message.data);
    if (frame.type === "pong") clearTimeout(pong);
    else take(frame);
  };
  mine.onclose = (event) => mine === socket && lost(event.code);
}

function ready() {
  tries = 0;
  isUp = true;
  clearTimeout(quiet);
  clearTimeout(poll);
  quiet = poll = undefined;
  say("");
  tell("line", { up: true });
}

function lost(code) {
  clearTimeout(ping);
  clearTimeout(pong);
  socket = null;
  if (isUp) tell("line", { up: false });
  isUp = false;
  if (code === 4401) return signIn();
  if (code === 4404) {
    isOver = true;
    return say("This conversation is gone.");
  }
  quiet ??= setTimeout(() => {
    say("Reconnecting…");
    ask();
  }, QUIET);
  const pause = Math.min(LONGEST, 500 * 2 ** tries++) * (0.5 + Math.random());
  retry = setTimeout(connect, code === 1008 ? Math.max(pause, 5_000) : pause);
}

function schedulePing() {
  clearTimeout(ping);
  ping = setTimeout(sendPing, PING);
}

function sendPing(patience = PONG) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const mine = socket;
  mine.send('{"type":"ping"}');
  clearTimeout(pong);
  pong = setTimeout(() => {
    // Nobody is there: the closing handshake would wait as long as the ping did.
    mine.onclose = null;
    mine.close();
    if (mine === socket) lost(1006);
  }, patience);
  schedulePing();
}

// After a sleep, a lost network or a page taken out of the back-forward cache: look at once.
function wake() {
  tries = 0;
  if (socket?.readyState === WebSocket.OPEN) sendPing(4_000);
  else connect();
}

addEventListener("online", wake);
addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
setInterval(() => {
  const now = Date.now();
  if (now - lastTick > 15_000) wake();
  lastTick = now;
}, 5_000);

// ---- Without the socket: what is new comes by request. ----

async function ask() {
  clearTimeout(poll);
  if (isUp || isOver) return;
  const after = seq;
  try {
    const response = await fetch(`${talk.dataset.new}?after=${after}`, { headers: { Accept: "application/json" } });
    if (response.redirected) return signIn();
    if (!response.ok) throw new Error(response.status);
    const frame = await response.json();
    if (!isUp && seq === after) take(frame);
    if (!isUp) say("Reconnecting…");
  } catch {
    if (!isUp) say("Not connected. What you write is kept here and sent when the line is back.");
  }
  if (!isUp) poll = setTimeout(ask, document.hidden ? LONGEST : POLL);
}

function signIn() {
  isOver = true;
  location.assign(`${talk.dataset.login}?next=${encodeURIComponent(location.pathname)}`);
}

function say(words) {
  line.hidden = !words;
  if (line.textContent !== words) line.textContent = words;
}

document.addEventListener("talk:apply", (event) => {
  const { frame } = event.detail;
  // The socket may have been quicker, and know more by now.
  if (!frame.run || !document.getElementById(`run-${frame.run}`)) put(frame.html);
});
document.addEventListener("talk:catchup", () => !isUp && ask());

connect();
