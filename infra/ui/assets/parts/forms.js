// Forms: errors get the focus, Ctrl+Enter sends, lists of choices are put into order, unsaved changes are known.
import Sortable from "sortablejs";
import { toast } from "./overlays.js";
import { text } from "./texts.js";

function snapshot(form) {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return JSON.stringify([...data].map(([name, value]) => [name, value instanceof File ? value.name + value.size : value]));
}
const untouched = new WeakMap();
function remember(root) {
  root.querySelectorAll("form").forEach((form) => untouched.set(form, snapshot(form)));
}

// Whether a form inside `root` holds what is not saved. Filters and searches do not count.
export function hasUnsaved(root) {
  return [...root.querySelectorAll("form")].some(
    (form) => form.method === "post" && untouched.has(form) && untouched.get(form) !== snapshot(form) && !form.hasAttribute("data-sending"),
  );
}
export { remember };

function enhance(root) {
  root.querySelectorAll("[data-sortable]").forEach((list) => {
    if (list.dataset.ready) return;
    list.dataset.ready = "1";
    Sortable.create(list, { handle: "[data-grip]", animation: 120 });
    list.addEventListener("keydown", (event) => {
      const grip = event.target.closest("[data-grip]");
      if (!grip || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      const item = grip.closest("li");
      const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      if (event.key === "ArrowUp") other.before(item);
      else other.after(item);
      grip.focus();
    });
  });
  const wrong = root.querySelector("[data-focus]");
  if (wrong) wrong.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  remember(document);
  enhance(document);
});
document.addEventListener("htmx:load", (event) => {
  remember(event.detail.elt);
  enhance(event.detail.elt);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form");
    if (form && event.target.matches("textarea")) {
      event.preventDefault();
      form.requestSubmit();
    }
  }
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (!(form instanceof HTMLFormElement) || !event.detail.successful) return;
  if (form.hasAttribute("data-reset")) form.reset();
  untouched.set(form, snapshot(form));
  if (form.hasAttribute("data-closes-dialog")) form.closest("dialog")?.close();
});
// The address of a list changes while one searches; what is posted to it follows.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-here]")) event.target.action = window.location.pathname + window.location.search;
}, true);
window.addEventListener("beforeunload", (event) => {
  const panel = document.getElementById("ui-panel");
  if (panel?.open && hasUnsaved(panel)) event.preventDefault();
});
document.addEventListener("click", async (event) => {
  const source = event.target.closest("[data-copy]");
  if (!source) return;
  await navigator.clipboard.writeText(source.dataset.copy);
  toast(text("copied"));
});
