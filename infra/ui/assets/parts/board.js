// Boards: cards are dragged by mouse and touch, or lifted with Space and moved with the arrow keys.
import Sortable from "sortablejs";
import { openArrived, toast } from "./overlays.js";
import { askToSignIn, csrfToken } from "./requests.js";
import { text } from "./texts.js";
import { filter } from "./filter.js";

const board = () => document.querySelector("[data-board]");
const columnOf = (card) => card.closest("[data-column]");
const nameOf = (column) => column.getAttribute("aria-label");
let held = null;

function say(words) {
  const line = board()?.querySelector("[data-board-says]");
  if (line) line.textContent = words;
}

function place(card, column, before) {
  const list = column.querySelector("[data-cards]");
  list.insertBefore(card, before && before.parentNode === list ? before : list.querySelector("[data-card]"));
}

async function send(card, column, back) {
  const body = new URLSearchParams({ id: card.dataset.card, to: column.dataset.column, version: card.dataset.version });
  card.classList.add("is-saving");
  let answer;
  try {
    answer = await fetch(document.getElementById("ui-board").dataset.url, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
    });
  } catch {
    back();
    card.classList.remove("is-saving");
    toast(text("offline"), "danger");
    return;
  }
  card.classList.remove("is-saving");
  if (answer.ok) {
    const html = await answer.text();
    if (answer.status === 200 && html.trim()) replace(card, html);
    else card.remove();
    document.body.dispatchEvent(new CustomEvent("board-totals"));
    return;
  }
  back();
  if (answer.status === 401) askToSignIn();
  else if (answer.headers.get("HX-Retarget")) {
    const dialogs = document.getElementById("ui-dialogs");
    dialogs.insertAdjacentHTML("beforeend", await answer.text());
    openArrived(dialogs);
  } else toast(text("failed"), "danger");
}

function replace(card, html) {
  const focused = card === document.activeElement;
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const fresh = holder.content.firstElementChild;
  card.replaceWith(fresh);
  window.htmx.process(fresh);
  if (focused) fresh.focus();
  return fresh;
}

function arm() {
  const root = board();
  if (!root) return;
  root.querySelectorAll("[data-cards]").forEach((list) => {
    if (list.dataset.ready) return;
    list.dataset.ready = "1";
    let from = null;
    let next = null;
    Sortable.create(list, {
      group: "board",
      draggable: "[data-card]:not([data-fixed])",
      filter: "[data-more]",
      sort: false,
      animation: 140,
      delay: 160,
      delayOnTouchOnly: true,
      touchStartThreshold: 6,
      ghostClass: "is-ghost",
      scroll: true,
      bubbleScroll: true,
      onStart(event) {
        from = columnOf(event.item);
        next = event.item.nextElementSibling;
      },
      onEnd(event) {
        const to = columnOf(event.item);
        if (to === from) return;
        const origin = from;
        const before = next;
        send(event.item, to, () => place(event.item, origin, before));
      },
    });
  });
}

function drop(put) {
  const { card, from, next } = held;
  held = null;
  card.classList.remove("is-held");
  card.removeAttribute("aria-grabbed");
  const to = columnOf(card);
  if (!put || to === from) {
    place(card, from, next);
    say(text("putBack", { title: card.dataset.title }));
  } else {
    say(text("dropped", { title: card.dataset.title, column: nameOf(to) }));
    send(card, to, () => place(card, from, next));
  }
  card.focus();
}

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card || event.target !== card || event.ctrlKey || event.metaKey) return;
  const columns = [...board().querySelectorAll("[data-column]")];
  const at = columns.indexOf(columnOf(card));
  if (held?.card === card) {
    if (event.key === "Escape") drop(false);
    else if (event.key === " " || event.key === "Enter") drop(true);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const to = columns[at + (event.key === "ArrowRight" ? 1 : -1)];
      if (to) {
        place(card, to);
        card.focus();
        to.scrollIntoView({ block: "nearest", inline: "nearest" });
        say(text("moved", { title: card.dataset.title, column: nameOf(to) }));
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  switch (event.key) {
    case " ":
      if (card.hasAttribute("data-fixed")) return;
      held = { card, from: columnOf(card), next: card.nextElementSibling };
      card.classList.add("is-held");
      say(text("lifted", { title: card.dataset.title }));
      break;
    case "Enter": card.querySelector("a")?.click(); break;
    case "ArrowDown": (card.nextElementSibling?.matches("[data-card]") ? card.nextElementSibling : card).focus(); break;
    case "ArrowUp": (card.previousElementSibling || card).focus(); break;
    case "ArrowLeft":
    case "ArrowRight": {
      const step = event.key === "ArrowRight" ? 1 : -1;
      for (let index = at + step; columns[index]; index += step) {
        const first = columns[index].querySelector("[data-card]");
        if (first) { first.focus(); break; }
      }
      break;
    }
    default: return;
  }
  event.preventDefault();
});
document.addEventListener("focusout", (event) => {
  if (held && event.target === held.card) setTimeout(() => { if (held && document.activeElement !== held.card) drop(false); });
});

// Somebody else changed a card: fetch that one and put it where it belongs now.
const waiting = new Map();
async function follow(id) {
  const root = document.getElementById("ui-board");
  if (!root || held) return;
  const url = new URL(root.dataset.url, window.location.href);
  url.searchParams.set("card", id);
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  const old = root.querySelector(`[data-card="${CSS.escape(id)}"]`);
  if (old?.classList.contains("is-saving")) return;
  if (answer.status === 204 || answer.status === 404) old?.remove();
  else if (answer.ok) {
    const holder = document.createElement("template");
    holder.innerHTML = (await answer.text()).trim();
    const fresh = holder.content.firstElementChild;
    const column = root.querySelector(`[data-column="${CSS.escape(fresh.dataset.in)}"]`);
    if (old && columnOf(old) === column) replace(old, fresh.outerHTML);
    else {
      old?.remove();
      if (column) {
        place(fresh, column);
        window.htmx.process(fresh);
      }
    }
  }
  document.body.dispatchEvent(new CustomEvent("board-totals"));
}
document.addEventListener("live", (event) => {
  const root = event.target.closest?.("[data-board]");
  if (!root) return;
  const { id } = event.detail.data || {};
  if (id === undefined) {
    document.body.dispatchEvent(new CustomEvent("list-refresh"));
    return;
  }
  clearTimeout(waiting.get(id));
  waiting.set(id, setTimeout(() => { waiting.delete(id); follow(String(id)); }, 250));
});

document.addEventListener("DOMContentLoaded", arm);
document.addEventListener("htmx:afterSettle", arm);
document.addEventListener("alpine:init", () => window.Alpine.data("board", filter));
