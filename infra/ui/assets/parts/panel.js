// The panel over a page: a record with its own address. Back, forward, reload and a new tab work.
import { ask, openArrived, toast } from "./overlays.js";
import { hasUnsaved, remember } from "./forms.js";
import { askToSignIn } from "./requests.js";
import { text } from "./texts.js";

const panel = () => document.getElementById("ui-panel");
let under = "";
let underTitle = "";
let shown = "";
let opener = null;

async function load(url, keepScroll) {
  const box = panel();
  const content = box.querySelector(".ui-panel-content");
  content?.classList.add("is-loading");
  let answer;
  try {
    answer = await fetch(url, { headers: { "HX-Request": "true", "UI-Panel": "1" } });
  } catch {
    content?.classList.remove("is-loading");
    toast(text("offline"), "danger");
    return false;
  }
  if (answer.status === 401) {
    askToSignIn();
    return false;
  }
  const html = await answer.text();
  if (answer.headers.get("HX-Retarget")) {
    const dialogs = document.querySelector("#ui-dialogs");
    dialogs.insertAdjacentHTML("beforeend", html);
    openArrived(dialogs);
    return false;
  }
  if (!answer.ok || !html.includes("ui-panel-content")) {
    // Not a panel: it is a page of its own.
    window.location.assign(answer.redirected ? answer.url : url);
    return false;
  }
  const top = content && keepScroll ? content.scrollTop : 0;
  box.innerHTML = html;
  window.htmx.process(box);
  remember(box);
  const fresh = box.querySelector(".ui-panel-content");
  const title = fresh.dataset.title;
  if (title) {
    document.title = title;
    box.setAttribute("aria-label", title);
  }
  fresh.scrollTop = top;
  shown = answer.redirected ? new URL(answer.url).pathname + new URL(answer.url).search : url;
  return true;
}

export async function open(url, { push = true } = {}) {
  const box = panel();
  if (!box) {
    window.location.assign(url);
    return;
  }
  if (box.open && hasUnsaved(box) && !(await ask("ui-unsaved-template"))) return;
  if (!box.open) {
    under = window.location.pathname + window.location.search;
    underTitle = document.title;
    opener = document.activeElement;
  }
  if (!(await load(url))) return;
  if (!box.open) box.showModal();
  (box.querySelector("[autofocus]") || box.querySelector(".ui-panel-content")).focus();
  if (push) window.history.pushState({ uiPanel: shown, under, underTitle }, "", shown);
}

function hide() {
  const box = panel();
  if (!box?.open) return;
  box.close();
  box.innerHTML = "";
  document.title = underTitle;
  shown = "";
  if (opener?.isConnected) opener.focus();
}

export async function close({ force = false } = {}) {
  const box = panel();
  if (!box?.open) return;
  if (!force && hasUnsaved(box) && !(await ask("ui-unsaved-template"))) return;
  hide();
  // The step that opened it stays in the history as the page under it, so that “forward” has somewhere to go.
  window.history.pushState(null, "", under);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-panel]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  document.getElementById("ui-palette")?.close();
  open(link.getAttribute("href"));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-panel]")) close();
  else if (event.target.closest("#ui-panel a[data-close]")) {
    event.preventDefault();
    close();
  } else if (event.target === panel()) {
    // A click on the backdrop arrives at the dialog itself, outside of its box.
    const box = panel().getBoundingClientRect();
    if (event.clientX < box.left) close();
  }
});
document.addEventListener("DOMContentLoaded", () => {
  panel()?.addEventListener("cancel", (event) => {
    if (event.target !== panel()) return;
    event.preventDefault();
    close();
  });
});

window.addEventListener("popstate", async (event) => {
  const box = panel();
  if (!box) return;
  if (box.open && hasUnsaved(box)) {
    const wanted = window.location.href;
    window.history.pushState({ uiPanel: shown, under, underTitle }, "", shown);
    if (!(await ask("ui-unsaved-template"))) return;
    box.querySelectorAll("form").forEach((form) => form.reset());
    window.history.replaceState(event.state, "", wanted);
  }
  if (event.state?.uiPanel) {
    ({ under, underTitle } = event.state);
    open(event.state.uiPanel, { push: false });
  } else if (box.open) hide();
});

// What the server asks for after a change inside.
document.addEventListener("panel-refresh", () => {
  document.body.dispatchEvent(new CustomEvent("list-refresh", { bubbles: false }));
  if (panel()?.open) load(shown, true);
});
document.addEventListener("panel-close", () => {
  document.body.dispatchEvent(new CustomEvent("list-refresh", { bubbles: false }));
  close({ force: true });
});

export const panelUrl = () => (panel()?.open ? shown : "");
