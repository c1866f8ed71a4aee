// One page, one writer. The second is told who writes, sees what is saved, and can take the page over.

const HEARTBEAT = 15000;

export function holder({ root, config, words, post, save }) {
  const bar = root.querySelector("[data-held]");
  const line = bar.querySelector("span");
  const take = bar.querySelector("button");
  let mine = false;

  const still = (on) => {
    root.classList.toggle("builder-watching", on);
    for (const side of root.querySelectorAll(".builder-side, .builder-right")) side.inert = on;
  };

  function watch(name, what) {
    mine = false;
    save.stop();
    still(true);
    line.textContent = `${name || words.someone} ${what}`;
    take.hidden = !config.manage;
    bar.hidden = false;
  }
  async function load() {
    const answer = await fetch(`${config.urls.history}?format=html`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { html, version } = await answer.json();
    save.start(version, html);
    if (!mine) save.stop();
  }
  async function ask(more = {}) {
    if (!config.manage) return;
    let told;
    try {
      const answer = await post(config.urls.hold, { token: save.token, ...more });
      if (!answer.ok) return;
      told = await answer.json();
    } catch {
      return; // the next beat asks again
    }
    if (!told.mine) {
      if (mine || bar.hidden) watch(told.name, words.writes);
      return;
    }
    if (!mine && root.classList.contains("builder-watching")) {
      mine = true;
      await load();
      still(false);
    }
    mine = true;
    bar.hidden = true;
  }

  take.addEventListener("click", () => ask({ take: true }));
  root.addEventListener("live", ({ detail: { type, data } }) => {
    if (data.token && data.token === save.token) return;
    if (type === "page.held" && mine) watch(data.name, words.taken);
    if (type === "page.saved" && !mine) load();
    if (type === "page.free" && !mine) ask();
  });
  root.addEventListener("conflict", ({ detail }) => {
    watch("", words.writes);
    if (detail.code !== "held") line.textContent = words.changed;
  });
  window.addEventListener("pagehide", () => {
    if (mine) post(config.urls.hold, { token: save.token, leave: true }, { keepalive: true }).catch(() => {});
  });
  ask();
  setInterval(ask, HEARTBEAT);
  if (!config.manage) still(true);
  return { ask };
}
