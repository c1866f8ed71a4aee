// The editor of a page: GrapesJS with our own blocks. It sends HTML; the server believes none of it and cleans it.
import grapesjs from "grapesjs";
import "grapesjs/dist/css/grapes.min.css";
import "./builder.css";
import { holder } from "./builder/holding.js";
import { own } from "./builder/own.js";
import { pictures } from "./builder/pictures.js";
import { history, preview } from "./builder/looking.js";
import { chosen, kinds, remember } from "./builder/kinds.js";
import { saver } from "./builder/saving.js";

const root = document.querySelector("[data-builder]");
const config = JSON.parse(document.getElementById("builder-config").textContent);
const words = config.words;

[config.html, ...config.blocks.map((block) => block.content)].forEach(remember);
const icon = (name) => `<svg class="builder-block-icon" aria-hidden="true"><use href="${config.sprite}#${name}"></use></svg>`;

const editor = grapesjs.init({
  container: root.querySelector("[data-canvas]"),
  height: "100%",
  width: "auto",
  storageManager: false,
  telemetry: false,
  cssIcons: null,
  showOffsets: false,
  noticeOnUnload: false,
  avoidInlineStyle: true,
  keepUnusedStyles: false,
  log: false,
  protectedCss: "",
  panels: { defaults: [] },
  styleManager: { sectors: [] },
  selectorManager: { custom: true },
  assetManager: { custom: true },
  deviceManager: {
    default: "desktop",
    devices: [
      { id: "desktop", name: "desktop", width: "" },
      { id: "tablet", name: "tablet", width: "768px", widthMedia: "" },
      { id: "phone", name: "phone", width: "390px", widthMedia: "" },
    ],
  },
  canvas: { styles: [config.css], frameStyle: "", notTextable: ["button", "input", "details"] },
  layerManager: { appendTo: root.querySelector("[data-layers]"), showWrapper: false },
  traitManager: { appendTo: root.querySelector("[data-traits]") },
  blockManager: {
    appendTo: root.querySelector("[data-blocks]"),
    appendOnClick: (block) => place(block),
    blocks: config.blocks.map((block) => ({
      ...block,
      category: { id: block.category, label: block.category, open: block.category === config.blocks[0].category },
      media: icon(block.icon),
      select: true,
    })),
  },
  richTextEditor: { actions: ["bold", "italic", "underline", "link"] },
  i18n: {
    locale: "x",
    localeFallback: "x",
    detectLocale: false,
    messages: {
      x: {
        traitManager: { label: "", categories: {}, traits: { labels: {}, attributes: {}, options: {} } },
        domComponents: { names: { "": words.group, wrapper: words.group, text: words.text, image: words.picture, link: words.link } },
        deviceManager: { devices: {} },
        panels: { buttons: { titles: {} } },
        selectorManager: {}, styleManager: {}, assetManager: {}, blockManager: { labels: {}, categories: {} },
      },
    },
  },
  plugins: [(self) => kinds(self, config)],
});

// What is chosen is named beside each of its settings; a screen reader hears it too.
const named = () => {
  for (const trait of root.querySelectorAll("[data-traits] .gjs-trt-trait")) {
    const name = trait.querySelector(".gjs-label")?.textContent.trim();
    if (name) trait.querySelectorAll("input, select, textarea").forEach((input) => input.setAttribute("aria-label", name));
  }
};
editor.on("component:selected trait:value", () => requestAnimationFrame(named));

if (innerWidth < 1000) {
  root.dataset.tab = "";
  for (const button of root.querySelectorAll('[data-do^="tab:"]')) button.setAttribute("aria-pressed", "false");
}

const post = (url, data, more = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": document.body.dataset.csrf },
    body: JSON.stringify(data),
    ...more,
  });

const clean = (text) => text.replace(/ id="([^"]*)"/g, (part, name) => (chosen.has(name) ? part : ""));
const html = () => clean(editor.getWrapper().getInnerHTML());
const shell = { root, config, words, editor, post, html, clean };

// What is to be shown of the page waits until the page stands.
let wanted = null;
const wait = (event) => { wanted = event.target.closest("[data-show]") ?? wanted; };
root.addEventListener("click", wait);

editor.onReady(() => {
  editor.setComponents(config.html);
  editor.UndoManager.clear();
  const frame = editor.Canvas.getDocument();
  frame.documentElement.lang = root.dataset.language;
  editor.Canvas.getFrameEl().title = document.title;
  const style = frame.createElement("style");
  style.textContent =
    "body{min-height:100vh}[data-gjs-type=wrapper]:empty::before{content:attr(data-empty);display:block;padding:4rem 1rem;text-align:center;color:#666}" +
    "*{scroll-behavior:auto!important}.stay{position:static}img{min-width:2rem;min-height:2rem}[contenteditable]{outline-offset:3px}";
  frame.head.append(style);
  frame.body.dataset.empty = words.empty;
  shell.save = saver(shell);
  shell.hold = holder(shell);
  pictures(shell);
  own(shell);
  preview(shell);
  history(shell);
  root.classList.add("builder-ready");
  root.removeEventListener("click", wait);
  wanted?.click();
});

// -- the bar ---------------------------------------------------------------------------------------------------------

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const what = button.dataset.do;
  if (what === "undo") editor.UndoManager.undo();
  if (what === "redo") editor.UndoManager.redo();
  if (what.startsWith("device:")) {
    editor.setDevice(what.slice(7));
    for (const other of root.querySelectorAll('[data-do^="device:"]'))
      other.setAttribute("aria-pressed", String(other === button));
  }
  if (what.startsWith("tab:")) {
    const open = root.dataset.tab === what.slice(4) && innerWidth < 1000 ? "" : what.slice(4);
    root.dataset.tab = open;
    for (const other of root.querySelectorAll('[data-do^="tab:"]'))
      other.setAttribute("aria-pressed", String(other.dataset.do === `tab:${open}`));
  }
});
root.querySelector("[data-go]")?.addEventListener("change", async (event) => {
  await shell.save?.flush();
  location.assign(event.target.value);
});
root.querySelector("[data-publish]")?.addEventListener("submit", async (event) => {
  if (!shell.save?.dirty()) return;
  event.preventDefault();
  await shell.save.flush();
  if (!shell.save.dirty()) event.target.submit();
});

// A click on a block puts it after what is selected: for the keyboard, for touch, and for people in a hurry.
function place(block) {
  if (root.classList.contains("builder-watching")) return;
  const wrapper = editor.getWrapper();
  let chosen = editor.getSelected();
  while (chosen && chosen.parent() && chosen.parent() !== wrapper) chosen = chosen.parent();
  const at = chosen && chosen !== wrapper ? chosen.index() + 1 : undefined;
  const [made] = [].concat(wrapper.append(block.get("content"), at === undefined ? {} : { at }));
  if (made) {
    editor.select(made);
    made.getEl()?.scrollIntoView({ block: "center" });
  }
}
editor.on("component:selected", () => {
  if (innerWidth >= 1000) return;
  root.dataset.tab = "";
});
