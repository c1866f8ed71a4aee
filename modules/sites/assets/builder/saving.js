// Saves by itself a moment after the last change; what could not be saved stays on the page and is tried again.

const PATIENCE = 1200;
const AGAIN = 5000;

export function saver({ root, config, words, editor, post, html, ...shell }) {
  const state = root.querySelector("[data-state]");
  let version = config.version, kept = html(), timer = 0, running = null, stopped = !config.manage;
  const token = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const dirty = () => !stopped && html() !== kept;

  function say(text, tone = "") {
    state.textContent = text;
    state.dataset.tone = tone;
  }

  async function save() {
    clearTimeout(timer);
    if (!dirty()) return;
    const sent = html();
    say(words.saving);
    try {
      const answer = await post(config.urls.write, { html: sent, version, token });
      const told = await answer.json();
      if (answer.ok) {
        version = told.version;
        kept = sent;
        say(words.saved, "good");
        if (dirty()) plan();
        return;
      }
      if (answer.status === 409) {
        stopped = true;
        root.dispatchEvent(new CustomEvent("conflict", { detail: told }));
        return say(told.detail || told.title || words.changed, "bad");
      }
      say(told.detail || told.title || words.refused, "bad");
    } catch {
      say(words.offline, "bad");
      timer = setTimeout(flush, AGAIN);
    }
  }
  // One save at a time: the second would carry the version of the first.
  function flush() {
    running = (running || Promise.resolve()).then(save);
    return running;
  }
  function plan() {
    if (!dirty()) return;
    say(words.unsaved);
    clearTimeout(timer);
    timer = setTimeout(flush, PATIENCE);
  }

  editor.on("update", plan);
  editor.on("component:update", plan);
  window.addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      flush();
    }
  });
  say(words.saved, "good");
  return {
    token, dirty, flush,
    stop() { stopped = true; clearTimeout(timer); },
    start(now, text) {
      version = now;
      if (text !== undefined) {
        editor.setComponents(text);
        editor.UndoManager.clear();
      }
      kept = html();
      stopped = !config.manage;
      say(words.saved, "good");
    },
  };
}
