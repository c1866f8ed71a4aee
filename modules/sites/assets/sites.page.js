// Editors of pages and forms: live preview, rich text, copying. Everything works without this script, less comfortably.
import "./sites.css";

const WIDTHS = { desktop: 1180, phone: 390 };
let width = window.innerWidth < 700 ? "phone" : "desktop";
let waiting = 0;

// -- copying ---------------------------------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const text = button.dataset.copy || document.getElementById(button.dataset.copyFrom).textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return window.getSelection().selectAllChildren(document.getElementById(button.dataset.copyFrom) || button);
  }
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 2000);
});

// -- preview ---------------------------------------------------------------------------------------------------------

const editor = () => document.getElementById("sites-editor");
const stage = () => document.querySelector("[data-frame]");

function refresh() {
  clearTimeout(waiting);
  if (editor() && stage()?.offsetParent) stage().setAttribute("aria-busy", "true");
  waiting = setTimeout(draw, 350);
}

// A fresh frame each time: its first navigation leaves no step in the browser's history, and the old picture stays
// until the new one is there.
function draw() {
  const form = editor(), place = stage();
  if (!form || !place?.offsetParent) return place?.removeAttribute("aria-busy");
  const frame = document.createElement("iframe");
  frame.name = `preview-${Date.now()}`;
  frame.title = place.dataset.title;
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.className = "sites-waiting";
  const old = [...place.querySelectorAll("iframe")];
  const top = old.length ? old[old.length - 1].contentDocument?.scrollingElement?.scrollTop || 0 : 0;
  frame.addEventListener("load", () => {
    if (!frame.contentDocument || frame.contentDocument.URL === "about:blank") return;
    frame.contentDocument.scrollingElement.scrollTop = top;
    frame.classList.remove("sites-waiting");
    old.forEach((item) => item.remove());
    if (place.lastElementChild === frame) place.removeAttribute("aria-busy");
  });
  place.append(frame);
  const post = document.createElement("form");
  post.method = "post";
  post.action = form.dataset.preview;
  post.target = frame.name;
  post.hidden = true;
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    post.append(input);
  }
  document.body.append(post);
  post.submit();
  post.remove();
  fit();
}

function fit() {
  const place = stage();
  if (!place) return;
  const scale = Math.min(1, place.clientWidth / WIDTHS[width]);
  place.style.setProperty("--sites-width", `${WIDTHS[width]}px`);
  place.style.setProperty("--sites-scale", scale);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-width]");
  if (!button) return;
  width = button.dataset.width;
  for (const other of document.querySelectorAll("[data-width]")) other.setAttribute("aria-pressed", String(other === button));
  fit();
});
window.addEventListener("resize", fit);

// -- unsaved changes -------------------------------------------------------------------------------------------------

function touched() {
  const form = editor();
  form.dataset.changed = "";
  form.querySelector("[data-unsaved-note]")?.removeAttribute("hidden");
  refresh();
}
document.addEventListener("input", (event) => {
  if (editor()?.contains(event.target)) touched();
});
document.addEventListener("change", (event) => {
  if (!editor()?.contains(event.target)) return;
  if (event.target.matches("[data-upload]") && event.target.files.length)
    event.target.closest(".sites-upload").querySelector("button").click();
});
window.addEventListener("beforeunload", (event) => {
  if (editor()?.hasAttribute("data-changed") && !leaving) event.preventDefault();
});
let leaving = false;
document.addEventListener("submit", () => { leaving = true; setTimeout(() => { leaving = false; }, 1000); });

// -- rich text -------------------------------------------------------------------------------------------------------

const TOOLS = [
  ["bold", "richBold", "B"],
  ["italic", "richItalic", "I"],
  ["insertUnorderedList", "richList", "•"],
  ["createLink", "richLink", "↗"],
];

function enrich(area) {
  if (area.dataset.enriched !== undefined) return;
  area.dataset.enriched = "";
  const label = document.querySelector(`label[for="${area.id}"]`);
  const bar = document.createElement("div");
  bar.className = "sites-tools";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", label.textContent);
  const text = document.createElement("div");
  text.className = "form-control sites-rich";
  text.contentEditable = "true";
  text.setAttribute("role", "textbox");
  text.setAttribute("aria-multiline", "true");
  text.setAttribute("aria-label", label.textContent);
  text.innerHTML = area.value; // cleaned by the server before it is ever stored or shown to others
  document.execCommand("defaultParagraphSeparator", false, "p");
  for (const [command, key, sign] of TOOLS) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `ui-round sites-tool-${command}`;
    button.textContent = sign;
    button.setAttribute("aria-label", area.dataset[key]);
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      text.focus();
      const value = command === "createLink" ? window.prompt(area.dataset.richAsk, "https://") : null;
      if (command !== "createLink" || value) document.execCommand(command, false, value);
    });
    bar.append(button);
  }
  text.addEventListener("input", () => { area.value = text.innerHTML; });
  text.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  area.before(bar, text);
  area.hidden = true;
  if (area.autofocus) text.focus();
}

function start() {
  for (const button of document.querySelectorAll("[data-width]"))
    button.setAttribute("aria-pressed", String(button.dataset.width === width));
  document.querySelectorAll("textarea[data-rich]").forEach(enrich);
  fit();
  refresh();
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
document.addEventListener("htmx:load", (event) => {
  if (event.target.id === "sites-editor") start();
});
