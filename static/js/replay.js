// A talk played again. Frames come in windows; each waits as long as it did then, at the chosen speed.
import { put } from "./fragments.js";

const main = document.getElementById("main");
const stage = document.getElementById("stage");
const track = document.getElementById("track");
const play = document.getElementById("play");
const last = Number(track?.max || 0);
// A gap in which nothing happened is folded to a second. Low on frames, the next window is asked for.
const IDLE = 60_000, FOLDED = 1_000, LOW = 25;
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

let seq = Number(track?.value || 0), speed = 1, isPlaying = false;
let frames = [], clock = null, after = seq, isEnd = false, reading = null, generation = 0, timer, seeking;

// ---- What acts on the real talk does not act here ----

function still(root) {
  for (const tool of root.querySelectorAll(".tools, .said__edit, .retry, [data-withdraw]")) tool.remove();
  for (const each of root.querySelectorAll("[hx-get], [hx-post]")) {
    for (const name of ["hx-get", "hx-post", "hx-trigger", "aria-controls", "aria-expanded"]) each.removeAttribute(name);
    if (each.matches("button")) {
      each.setAttribute("aria-disabled", "true");
      each.tabIndex = -1;
    }
  }
}

// ---- Frames ----

async function read() {
  if (reading || isEnd) return reading;
  const mine = generation;
  reading = fetch(`${main.dataset.frames}?after=${after}`, { headers: { Accept: "application/json" } })
    .then((response) => {
      if (!response.ok || response.redirected) throw new Error(response.status);
      return response.json();
    })
    .then((found) => {
      if (mine !== generation) return;
      // Whoever wants little motion gets each text whole.
      frames.push(...found.frames.filter((frame) => frame.seq !== null || !isCalm.matches));
      isEnd = found.next === null;
      after = found.next ?? after;
    })
    .finally(() => {
      if (mine === generation) reading = null;
    });
  return reading;
}

function show(frame) {
  const isLow = stage.scrollHeight - stage.scrollTop - stage.clientHeight < 80;
  put(frame.html, still);
  clock = frame.at;
  if (frame.seq !== null) {
    seq = frame.seq;
    draw();
  }
  if (isLow) stage.scrollTop = stage.scrollHeight;
}

function pause(frame) {
  const gap = clock === null ? 0 : Math.max(0, frame.at - clock);
  return (gap > IDLE ? FOLDED : gap) / speed;
}

async function run() {
  clearTimeout(timer);
  const mine = generation;
  try {
    if (!frames.length) await read();
  } catch {
    return stop("The next events could not be read. Press play to try again.");
  }
  if (!isPlaying || mine !== generation) return;
  if (!frames.length) return stop("This is where the talk is now.");
  if (frames.length < LOW) read()?.catch(() => {});
  timer = setTimeout(() => {
    if (!isPlaying || mine !== generation) return;
    // At high speeds several frames are due at once.
    const due = performance.now();
    do show(frames.shift());
    while (frames.length && pause(frames[0]) < 4 && performance.now() - due < 12);
    run();
  }, pause(frames[0]));
}

// ---- Play, pause, step, seek ----

function start() {
  if (!last || isPlaying) return;
  isPlaying = true;
  button();
  if (seq >= last && isEnd && !frames.length) seek(0).then(run);
  else run();
}

function stop(words = "") {
  isPlaying = false;
  clearTimeout(timer);
  button();
  document.getElementById("announce").textContent = words;
}

function button() {
  play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  play.setAttribute("aria-pressed", String(isPlaying));
  play.querySelector(".replay__play").hidden = isPlaying;
  play.querySelector(".replay__stop").hidden = !isPlaying;
}

async function step(by) {
  stop();
  if (by < 0) return seek(seq - 1);
  try {
    if (!frames.length) await read();
  } catch {
    return stop("The next event could not be read.");
  }
  while (frames.length) {
    const frame = frames.shift();
    show(frame);
    if (frame.seq !== null) return;
  }
}

async function seek(to) {
  generation++;
  seq = after = Math.min(last, Math.max(0, to));
  frames = [];
  clock = reading = null;
  isEnd = false;
  clearTimeout(timer);
  draw();
  await window.htmx.ajax("GET", `${main.dataset.page}?from=${seq}`, { target: "#turns", swap: "outerHTML" });
}

function go(to) {
  stop();
  seq = Math.min(last, Math.max(0, to));
  draw();
  clearTimeout(seeking);
  seeking = setTimeout(() => seek(seq), 120);
}

function draw() {
  track.value = seq;
  track.setAttribute("aria-valuetext", `Event ${seq} of ${last}`);
  const place = `${(seq / last) * 100}%`, line = document.getElementById("track-line");
  document.getElementById("track-head").setAttribute("cx", place);
  for (const name of ["x1", "x2"]) line.setAttribute(name, place);
  document.getElementById("track-words").textContent = seq;
  document.getElementById("back").href = main.dataset.timeline + (seq ? `?at=${seq}` : "");
}

function setSpeed(to) {
  speed = Number(to);
  for (const each of document.querySelectorAll("[data-speed]")) {
    each.setAttribute("aria-pressed", String(Number(each.dataset.speed) === speed));
  }
  if (isPlaying) run();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#play")) return isPlaying ? stop() : start();
  const by = event.target.closest(".replay [data-step]");
  if (by) return step(Number(by.dataset.step));
  const fast = event.target.closest("[data-speed]");
  if (fast) setSpeed(fast.dataset.speed);
});
track?.addEventListener("input", () => go(Number(track.value)));

document.addEventListener("keydown", (event) => {
  if (!last || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=range])")) return;
  const speeds = [...document.querySelectorAll("[data-speed]")].map((each) => Number(each.dataset.speed));
  const faster = (by) => setSpeed(speeds[Math.min(speeds.length - 1, Math.max(0, speeds.indexOf(speed) + by))]);
  const does = {
    " ": () => (isPlaying ? stop() : start()),
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => go(0),
    End: () => go(last),
    "+": () => faster(1),
    "-": () => faster(-1),
  }[event.key];
  if (!does || (event.key === " " && event.target.closest("button:not(#play), a"))) return;
  event.preventDefault();
  does();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "turns") event.detail.shouldSwap = event.detail.xhr.status === 200;
});
document.addEventListener("htmx:afterSwap", () => {
  still(document.getElementById("turns"));
  stage.scrollTop = stage.scrollHeight;
});

if (last) {
  still(document.getElementById("turns"));
  stage.scrollTop = stage.scrollHeight;
  draw();
}
