// Requests: the form token, double submits, a lost connection, an ended session. What was typed is always kept.
import { ask, toast } from "./overlays.js";
import { fromTemplate, text } from "./texts.js";

const staleAfter = 5 * 60 * 1000;
let checkedAt = Date.now();
let sessionDialog = null;

export function csrfToken() {
  return document.body.dataset.csrf || "";
}

function setToken(token) {
  document.body.dataset.csrf = token;
  document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
}

// "ok" with a fresh token, "out" when signed out, "unknown" when nothing answers.
export async function checkSession() {
  const url = document.body.dataset.sessionUrl;
  if (!url) return "unknown";
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401) return "out";
    if (!answer.ok) return "unknown";
    setToken((await answer.json()).token);
    checkedAt = Date.now();
    return "ok";
  } catch {
    return "unknown";
  }
}

export function askToSignIn() {
  if (sessionDialog) return;
  sessionDialog = fromTemplate("ui-session-template");
  const link = sessionDialog.querySelector("a");
  link.href += `?next=${encodeURIComponent("/")}`;
  document.body.append(sessionDialog);
  const again = async () => {
    if (document.visibilityState !== "visible" || (await checkSession()) !== "ok") return;
    sessionDialog?.close();
    toast(text("signedIn"));
  };
  document.addEventListener("visibilitychange", again);
  window.addEventListener("focus", again);
  sessionDialog.addEventListener("click", (event) => { if (event.target.closest("[value=no]")) sessionDialog.close(); });
  sessionDialog.addEventListener("close", () => {
    document.removeEventListener("visibilitychange", again);
    window.removeEventListener("focus", again);
    sessionDialog.remove();
    sessionDialog = null;
  });
  sessionDialog.showModal();
}

document.addEventListener("session-expired", askToSignIn);
document.addEventListener("token-stale", async () => {
  const state = await checkSession();
  if (state === "out") askToSignIn();
  else toast(text("stale"), "warning");
});

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
  if (event.detail.elt.closest("#ui-panel") && !event.detail.headers["UI-Panel"]) event.detail.headers["UI-Panel"] = "1";
});

// A refusal names its own target: show it, whatever its status.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

function say(status) {
  if (status === 404) return toast(text("notFound"), "warning");
  if (status === 403) return toast(text("forbidden"), "warning");
  if (status === 413) return toast(text("tooLarge"), "danger");
  if (status === 429) return toast(text("tooMany"), "warning");
  return toast(text("failed"), "danger");
}
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const triggers = xhr.getResponseHeader("HX-Trigger") || "";
  if (xhr.status === 401 || triggers.includes("token-stale")) return;
  say(xhr.status);
});
document.addEventListener("htmx:sendError", () => toast(text("offline"), "danger"));
document.addEventListener("htmx:timeout", () => toast(text("timeout"), "danger"));

// A line says so for as long as the connection is away.
function connection() {
  const line = document.getElementById("ui-offline");
  if (!line || line.hidden === navigator.onLine) return;
  line.hidden = navigator.onLine;
  if (navigator.onLine) toast(text("online"));
}
window.addEventListener("online", connection);
window.addEventListener("offline", connection);
document.addEventListener("DOMContentLoaded", connection);

// The second click does nothing while the first is on its way.
function busy(form, on) {
  form.toggleAttribute("data-sending", on);
  form.querySelectorAll("button:not([type=button])").forEach((button) => {
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!(form instanceof HTMLFormElement) || form.method === "get") return;
  if (form.hasAttribute("data-sending")) event.preventDefault();
  else busy(form, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt instanceof HTMLFormElement) busy(event.detail.elt, false);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-theme-form]")) return;
  if (form.hasAttribute("data-sending")) {
    event.preventDefault();
    return;
  }
  if (document.body.dataset.sessionUrl && Date.now() - checkedAt > staleAfter) {
    // An old page: make sure that the session lives and the token is fresh before the form leaves the page.
    event.preventDefault();
    const { submitter } = event;
    const state = await checkSession();
    if (state === "out") return askToSignIn();
    checkedAt = Date.now();
    if (!navigator.onLine) return toast(text("offline"), "danger");
    return form.requestSubmit(submitter);
  }
  if (!navigator.onLine) {
    event.preventDefault();
    toast(text("offline"), "danger");
    return;
  }
  busy(form, true);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sending]").forEach((form) => busy(form, false));
});

// data-confirm: asked once, then sent.
document.addEventListener("submit", async (event) => {
  const source = event.submitter?.closest("[data-confirm]") || event.target.closest("[data-confirm]");
  if (!source || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target, submitter } = event;
  if (await ask("ui-confirm-template", source.dataset.confirm)) {
    target.dataset.confirmed = "1";
    target.requestSubmit(submitter);
    delete target.dataset.confirmed;
  }
}, true);
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask("ui-confirm-template", event.detail.question)) event.detail.issueRequest(true);
});

// data-keep-url: the address follows what is shown, without a new step in the history.
document.addEventListener("htmx:afterOnLoad", (event) => {
  const { elt, xhr, pathInfo } = event.detail;
  if (xhr.status < 300 && elt.closest("[data-keep-url]")) {
    const url = new URL(pathInfo.finalRequestPath || pathInfo.requestPath, window.location.href);
    for (const [name, value] of [...url.searchParams]) if (value === "") url.searchParams.delete(name, value);
    window.history.replaceState(window.history.state, "", url.pathname + url.search);
  }
});
document.addEventListener("htmx:configRequest", (event) => {
  // Empty filter fields stay out of addresses.
  if (event.detail.verb !== "get" || !event.detail.elt.closest("[data-list]")) return;
  const { parameters } = event.detail;
  for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});
