// Live updates: one socket per tab, groups named by data-live, what was missed is asked for by last id; of a group that is
// new to the tab, by the moment at which the page or fragment that brought it was begun.
//
// A frame becomes `live:<type>` on <body> and `live` on each element whose data-live names the group. An element in which
// somebody types is told only when the focus has left it.
import { toast } from "./overlays.js";
import { checkSession } from "./requests.js";

const shortest = 1000;
const longest = 30000;
const signInAgain = 4401;
const last = new Map();
const begun = Number(document.body?.dataset.liveSince) || 0;
const received = performance.now();
const denied = new Set();
let socket = null;
let joined = new Set();
let delay = shortest;
let timer = 0;
let silence = 0;

function wanted() {
  const groups = new Set();
  document.querySelectorAll("[data-live]").forEach((element) => {
    element.dataset.live.split(/\s+/).filter(Boolean).forEach((group) => groups.add(group));
  });
  denied.forEach((group) => groups.delete(group));
  return groups;
}

function join() {
  const groups = wanted();
  if (socket?.readyState === WebSocket.OPEN) {
    const fresh = [...groups].filter((group) => !joined.has(group));
    const left = [...joined].filter((group) => !groups.has(group));
    if (fresh.length) {
      const ids = {};
      fresh.forEach((group) => { if (last.has(group) || asked) ids[group] = last.get(group) || String(asked); });
      socket.send(JSON.stringify({ join: fresh, last: ids }));
    }
    if (left.length) socket.send(JSON.stringify({ leave: left }));
    joined = groups;
  }
}

// Never later than the gateway's clock: a page is received after it was begun.
function moment() {
  return begun && Math.floor(begun + performance.now() - received);
}

// When what is shown last was asked for: the page, then each fragment as it comes in.
let asked = begun;
document.addEventListener("htmx:beforeRequest", (event) => { event.detail.xhr.askedAt = moment(); });
document.addEventListener("htmx:afterSwap", (event) => { asked = event.detail.xhr?.askedAt ?? asked; });

function typing(element) {
  const focused = document.activeElement;
  return element.contains(focused) && focused.matches("input:not([type=checkbox], [type=search]), textarea, select, [contenteditable=true]");
}

// What happens while a region is being fetched may be missing in the answer that replaces it: it is fetched once more.
const missed = new Map();
document.addEventListener("htmx:afterRequest", (event) => {
  const id = event.detail.requestConfig?.elt?.id;
  const late = missed.get(id);
  if (!late) return;
  missed.delete(id);
  setTimeout(() => {
    const element = document.getElementById(id);
    if (element) tell(element, late);
  }, 100); // once the new one has settled
});

// What is replaced between press and release gets no click: parts that refresh by themselves wait for the release.
let pressed = null;
let released = Promise.resolve();
document.addEventListener("pointerdown", (event) => {
  pressed = event.target;
  released = new Promise((done) => {
    const up = () => setTimeout(() => { pressed = null; done(); }); // after the click
    ["pointerup", "pointercancel"].forEach((name) => window.addEventListener(name, up, { once: true, capture: true }));
  });
}, true);
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, target, requestConfig } = event.detail;
  const type = requestConfig.triggeringEvent?.type;
  if (!pressed || !target.contains(pressed) || !["live", "list-refresh"].includes(type)) return;
  event.detail.shouldSwap = false;
  released.then(() => (type === "live" ? elt : document.body).dispatchEvent(new CustomEvent(type)));
});

const postponed = new Map();
function tell(element, detail) {
  if (element.id && element.classList.contains("htmx-request")) {
    missed.set(element.id, detail);
    return;
  }
  // A form that is open inside holds what somebody is about to change; saved or cancelled, it fetches all afresh.
  if (element.querySelector("[data-editing]")) return;
  if (typing(element)) {
    if (!postponed.has(element)) {
      element.addEventListener("focusout", () => {
        setTimeout(() => {
          const late = postponed.get(element);
          postponed.delete(element);
          if (late && element.isConnected) tell(element, late);
        });
      }, { once: true });
    }
    postponed.set(element, detail);
    return;
  }
  element.dispatchEvent(new CustomEvent("live", { bubbles: true, detail }));
}

let refreshTimer = 0;
function refreshLists(element) {
  // A list is fetched again at most every second and a half, however much happens.
  if (!element.matches("[data-list]:not([data-board])") || refreshTimer) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = 0;
    document.body.dispatchEvent(new CustomEvent("list-refresh"));
  }, 1500);
}

function spread(group, type, data) {
  const detail = { group, type, data };
  document.body.dispatchEvent(new CustomEvent(`live:${type}`, { detail }));
  document.querySelectorAll("[data-live]").forEach((element) => {
    if (element === document.body || !element.dataset.live.split(/\s+/).includes(group)) return;
    tell(element, detail);
    refreshLists(element);
  });
  if (type === "notification" && data.text) toast(data.text, "info", data.url);
}

function connect() {
  const url = document.body.dataset.liveUrl;
  if (!url || document.visibilityState === "hidden") return;
  clearTimeout(timer);
  socket = new WebSocket(url);
  socket.addEventListener("open", () => {
    delay = shortest;
    joined = new Set();
    join();
  });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    silence = 0;
    if (frame.denied) denied.add(frame.denied);
    else if (frame.joined) last.set(frame.joined, frame.id);
    else if (frame.reset) spread(frame.reset, "reset", {});
    else if (frame.group) {
      if (frame.id) last.set(frame.group, frame.id);
      if (frame.type) spread(frame.group, frame.type, frame.data || {});
    }
  });
  socket.addEventListener("close", async (event) => {
    socket = null;
    if (event.code === signInAgain && (await checkSession()) === "out") return;
    // Spread out, so that a restarted gateway is not met by everybody at once.
    timer = setTimeout(connect, delay * (0.6 + Math.random() * 0.8));
    delay = Math.min(delay * 2, longest);
  });
}

// A line that died without a word is noticed by what is not answered.
setInterval(() => {
  if (socket?.readyState !== WebSocket.OPEN) return;
  silence += 1;
  if (silence > 2) socket.close();
  else socket.send(JSON.stringify({ ping: silence }));
}, 25000);

document.addEventListener("DOMContentLoaded", connect);
document.addEventListener("htmx:load", () => join());
document.addEventListener("htmx:afterSettle", () => join());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !socket) {
    delay = shortest;
    connect();
  }
});
window.addEventListener("online", () => { if (!socket) connect(); });
window.addEventListener("pagehide", () => socket?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted && !socket) connect(); });
