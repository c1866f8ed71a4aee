// Toasts, dialogs and menus.
import { fromTemplate } from "./texts.js";

const lasting = { danger: 0, warning: 9000 };

function region() {
  const box = document.getElementById("ui-toasts");
  if (box && box.showPopover) {
    // Shown again each time, so that it lies above a dialog opened meanwhile.
    if (box.matches(":popover-open")) box.hidePopover();
    if (box.children.length) box.showPopover();
  }
  return box;
}

function arm(item) {
  const stay = item.dataset.tone in lasting ? lasting[item.dataset.tone] : 6000;
  if (stay) setTimeout(() => remove(item), stay);
}

function remove(item) {
  item.remove();
  region();
}

export function toast(words, tone = "success", url = "", undo = "") {
  const item = fromTemplate("ui-toast-template");
  if (!item) return;
  item.dataset.tone = tone;
  const line = item.querySelector("p");
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = words;
    line.append(link);
  } else line.textContent = words;
  if (undo) {
    const button = item.querySelector("[data-undo]");
    button.dataset.undo = undo;
    button.hidden = false;
  }
  document.getElementById("ui-toasts").append(item);
  region();
  arm(item);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#ui-toasts .ui-toast").forEach(arm);
  region();
});
document.addEventListener("toasts", (event) => {
  for (const item of event.detail.items) toast(item.text, item.tone, "", item.undo);
});

export function ask(templateId, words = "") {
  // Answers true or false; Escape is no. Focus returns to where it was, by the browser's own dialog.
  return new Promise((resolve) => {
    const dialog = fromTemplate(templateId);
    if (words) dialog.querySelector("[data-text]").textContent = words;
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => {
      const button = event.target.closest("button[value]");
      if (button) dialog.close(button.value);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

function openDialog(dialog) {
  if (dialog && !dialog.open) {
    dialog.showModal();
    region();
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    openDialog(document.getElementById(opener.dataset.dialog));
    return;
  }
  const closer = event.target.closest("[data-close]");
  if (closer && closer.closest("dialog.ui-dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
    return;
  }
  const undo = event.target.closest("[data-undo]");
  if (undo) {
    remove(undo.closest(".ui-toast"));
    window.htmx.ajax("POST", undo.dataset.undo, { swap: "none" });
  }
  if (event.target.closest("[data-close-toast]")) remove(event.target.closest(".ui-toast"));
  if (event.target.matches("dialog.ui-dialog[open]") && !event.target.querySelector("form")) event.target.close();
  if (event.target.closest("[data-reload]")) window.location.reload();
});

// A dialog that arrives with an answer opens by itself and leaves when it is closed.
export function openArrived(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open]:not([open])")) {
    if (dialog.hasAttribute("data-remove")) dialog.addEventListener("close", () => dialog.remove());
    openDialog(dialog);
  }
}
document.addEventListener("htmx:afterSettle", () => openArrived(document));
document.addEventListener("DOMContentLoaded", () => openArrived(document));

document.addEventListener("alpine:init", () => {
  window.Alpine.data("menu", () => ({
    open: false,
    items() {
      return [...this.$root.querySelectorAll(".ui-menu-list :is(a, button, input, select)")].filter((item) => item.offsetParent);
    },
    step(by) {
      const items = this.items();
      const at = items.indexOf(document.activeElement);
      (items[(at + by + items.length) % items.length] || items[0])?.focus();
    },
    show(focusFirst) {
      this.open = true;
      this.$nextTick(() => {
        this.keepInside();
        if (focusFirst) this.items()[0]?.focus();
      });
    },
    // A menu near the edge of the screen moves in as far as it must.
    keepInside() {
      const list = this.$root.querySelector(".ui-menu-list");
      list.style.translate = "";
      const { left, right } = list.getBoundingClientRect();
      const by = left < 8 ? 8 - left : Math.min(0, document.documentElement.clientWidth - 8 - right);
      if (by) list.style.translate = `${by}px`;
    },
    hide(back) {
      this.open = false;
      if (back) this.$root.querySelector("[aria-haspopup]")?.focus();
    },
    trigger: {
      ["aria-haspopup"]: "true",
      [":aria-expanded"]() { return this.open ? "true" : "false"; },
      ["@click"]() { this.open ? this.hide(false) : this.show(false); },
      ["@keydown"](event) {
        if (event.key === "ArrowDown") { event.preventDefault(); this.show(true); }
        else if (event.key === "Escape" && this.open) { event.stopPropagation(); this.hide(true); }
      },
    },
    list: {
      ["x-show"]() { return this.open; },
      ["@keydown"](event) {
        if (event.key === "ArrowDown") { event.preventDefault(); this.step(1); }
        else if (event.key === "ArrowUp") { event.preventDefault(); this.step(-1); }
        else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.hide(true); }
      },
      ["@click"](event) { if (event.target.closest("a, button:not([data-keep])")) this.hide(false); },
    },
    init() {
      this.$root.querySelector("[x-bind=trigger]")?.setAttribute("aria-haspopup", "true");
      this.away = (event) => { if (this.open && !this.$root.contains(event.target)) this.hide(false); };
      document.addEventListener("pointerdown", this.away);
      document.addEventListener("focusin", this.away);
    },
    destroy() {
      document.removeEventListener("pointerdown", this.away);
      document.removeEventListener("focusin", this.away);
    },
  }));
});
