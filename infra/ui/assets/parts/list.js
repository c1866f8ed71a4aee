// Lists: ticking rows, actions on them, the keyboard.
import { open as openPanel } from "./panel.js";
import { filter } from "./filter.js";

const ticked = new Set();
const rows = () => [...document.querySelectorAll("#ui-list [data-row]")];

function paint() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  let here = 0;
  for (const row of rows()) {
    const box = row.querySelector(".ui-pick");
    if (box) {
      box.checked = ticked.has(box.value);
      here += box.checked ? 1 : 0;
    }
  }
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = here > 0 && here === rows().length;
    all.indeterminate = here > 0 && here < rows().length;
  }
  bar.hidden = ticked.size === 0;
  const everything = bar.querySelector("[name=all]").value === "1";
  const words = bar.querySelector("[data-bulk-count]");
  const more = bar.querySelector("[data-bulk-all]");
  words.textContent = words.dataset.text.replace("{n}", everything ? more.textContent.replace(/\D+/g, "") || "…" : ticked.size);
  more.hidden = everything || here < rows().length || Number(more.dataset.count) <= rows().length;
}

function clear() {
  ticked.clear();
  const field = document.querySelector("[data-bulk] [name=all]");
  if (field) field.value = "";
  paint();
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".ui-pick")) {
    if (event.target.checked) ticked.add(event.target.value);
    else ticked.delete(event.target.value);
    const field = document.querySelector("[data-bulk] [name=all]");
    if (field) field.value = "";
    paint();
  } else if (event.target.matches("[data-pick-all]")) {
    for (const row of rows()) {
      const { value } = row.querySelector(".ui-pick");
      if (event.target.checked) ticked.add(value);
      else ticked.delete(value);
    }
    paint();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-clear]")) return clear();
  if (event.target.closest("[data-bulk-all]")) {
    document.querySelector("[data-bulk] [name=all]").value = "1";
    return paint();
  }
  const button = event.target.closest("[data-bulk-action]");
  if (!button) return undefined;
  const form = button.closest("form");
  const everything = form.elements.all.value === "1";
  window.htmx.ajax("POST", form.getAttribute("action"), {
    source: button,
    target: "#ui-dialogs",
    swap: "innerHTML",
    values: {
      do: button.hasAttribute("data-asks") ? "bulk-form" : "bulk",
      action: button.dataset.bulkAction,
      all: everything ? "1" : "",
      ids: everything ? [] : [...ticked],
      csrfmiddlewaretoken: document.body.dataset.csrf,
    },
  });
  return undefined;
});
document.addEventListener("bulk-done", clear);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "ui-list" || event.target.querySelector?.("#ui-list")) paint();
});

// j/k, x, e, Enter, /
function current() {
  return document.querySelector("#ui-list .is-current");
}
function go(step) {
  const items = rows();
  const at = items.indexOf(current());
  const next = items[Math.min(Math.max(at + step, 0), items.length - 1)];
  if (!next) return;
  items.forEach((row) => row.classList.toggle("is-current", row === next));
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector(".ui-row-link") || next.querySelector(".ui-pick"))?.focus({ preventScroll: true });
}
document.addEventListener("keydown", (event) => {
  if (!document.getElementById("ui-list") && event.key !== "/") return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable=true]")) return;
  const link = current()?.querySelector(".ui-row-link");
  switch (event.key) {
    case "j": go(1); break;
    case "k": go(-1); break;
    case "x": current()?.querySelector(".ui-pick")?.click(); break;
    case "Enter":
      if (!link || event.target.closest("a, button")) return;
      link.click();
      break;
    case "e":
      if (!link) return;
      openPanel(link.getAttribute("href")).then(() =>
        document.querySelector("#ui-panel :is(input:not([type=hidden]), select, textarea)")?.focus());
      break;
    case "/": {
      const field = document.getElementById("ui-list-q");
      if (!field) return;
      field.focus();
      break;
    }
    default: return;
  }
  event.preventDefault();
});

document.addEventListener("alpine:init", () => window.Alpine.data("list", filter));
