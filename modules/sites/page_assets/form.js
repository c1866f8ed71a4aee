// The form of a published page: sends without a reload, keeps what was typed, proves work against spam.
// Without this script the same form posts plainly and the server answers with pages.
(() => {
  "use strict";
  const MARKS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
  const framed = window.parent !== window;
  const here = new URLSearchParams(location.search);
  const handed = framed ? new URLSearchParams(location.hash.slice(1)) : new URLSearchParams();
  const ofUs = document.referrer.startsWith(location.origin + "/");
  const visit = {
    page_url: handed.get("page_url") || location.href.split("#")[0],
    referrer: handed.get("referrer") || here.get("referrer") || (ofUs || framed ? "" : document.referrer),
  };
  for (const mark of MARKS) visit[mark] = handed.get(mark) || here.get(mark) || "";

  const heading = document.querySelector(".form-title");
  if (heading && handed.get("popup-title")) heading.textContent = handed.get("popup-title").slice(0, 120);

  // Marks travel with links inside the site instead of cookies.
  const carried = Object.entries(visit).filter(([name, value]) => name !== "page_url" && value);
  if (carried.length)
    for (const link of document.querySelectorAll('a[href^="/"]')) {
      const url = new URL(link.href);
      for (const [name, value] of carried) url.searchParams.set(name, value);
      link.href = url;
    }

  // SHA-256 (FIPS 180-4) of a short ASCII text, as eight numbers: many small hashes are faster this way than through
  // the asynchronous browser function, which is also missing on plain http.
  const K = [], START = [];
  for (let n = 2; K.length < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (START.length < 8) START.push(((Math.sqrt(n) % 1) * 4294967296) | 0);
    K.push(((Math.cbrt(n) % 1) * 4294967296) | 0);
  }
  const w = new Int32Array(64);
  function sha256(text) {
    const length = text.length, blocks = ((length + 8) >> 6) + 1;
    const state = START.slice();
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < 16; i++) {
        let word = 0;
        for (let b = 0; b < 4; b++) {
          const at = block * 64 + i * 4 + b;
          word = (word << 8) | (at < length ? text.charCodeAt(at) : at === length ? 128 : 0);
        }
        w[i] = word;
      }
      if (block === blocks - 1) w[15] = length * 8;
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
    }
    return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // The pages that this browser was shown before (page.js keeps them); told once.
  const memories = () => { try { return [sessionStorage, localStorage]; } catch { return []; } };
  const trail = () => memories().map((memory) => memory.getItem("trail")).find(Boolean) || "";
  const forgetTrail = () => memories().forEach((memory) => memory.removeItem("trail"));

  async function prove(address) {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) return null;
    const task = await answer.json();
    const began = performance.now();
    for (let number = 0; number <= task.maxNumber; number++) {
      if (number % 1500 === 1499) await pause(0);
      if (sha256(task.salt + number) === task.challenge) {
        const { algorithm, challenge, salt, signature } = task;
        const value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
        return { value, began, ripe: task.ripe_ms, until: began + task.good_ms };
      }
    }
    return null;
  }

  function enhance(form) {
    let working = null;
    const ready = () => (working ||= prove(form.dataset.challenge).catch(() => null));
    const button = form.querySelector("button");
    const label = button.textContent;
    const box = form.querySelector("[data-form-error]");
    const state = document.createElement("p");  // what goes on, for who does not see the button
    state.className = "trap";
    state.setAttribute("role", "status");
    form.append(state);
    for (const [name, value] of Object.entries(visit)) {
      const input = form.elements.namedItem(name);
      if (input) input.value = value;
    }
    for (const input of form.querySelectorAll("[data-prefill]")) {
      const given = here.get(input.dataset.prefill) || handed.get(input.dataset.prefill);
      if (given && !input.value) input.value = given.slice(0, 500);
    }
    const field = (key) => {
      const found = form.elements.namedItem(key);
      return found instanceof RadioNodeList ? found[0] : found;
    };

    // A question that depends on another is hidden, and is not asked, until that one has its answer.
    const depending = [...form.querySelectorAll("[data-show]")];
    const answers = (key) => new FormData(form).getAll(key).filter((value) => typeof value === "string" && value);
    function ask() {
      for (const place of depending) {
        const given = answers(place.dataset.show);
        const wanted = place.dataset.when ? given.includes(place.dataset.when) : given.length > 0;
        place.hidden = !wanted;
        for (const input of place.querySelectorAll("input, select, textarea")) input.disabled = !wanted;
      }
    }
    if (depending.length) {
      form.addEventListener("input", ask);
      ask();
    }

    // Steps: one part at a time, the next only when this one is right.
    const steps = [...form.querySelectorAll("[data-step-part]")];
    let at = 0;
    const bar = document.createElement("p"), back = document.createElement("button");
    function go(to) {
      at = to;
      steps.forEach((step, number) => { step.hidden = number !== at; });
      const last = at === steps.length - 1;
      button.textContent = last ? label : form.dataset.next;
      back.hidden = at === 0;
      bar.textContent = form.dataset.step.replace("{n}", at + 1).replace("{all}", steps.length);
    }
    if (steps.length > 1) {
      bar.className = "steps-bar";
      bar.setAttribute("aria-live", "polite");
      back.type = "button";
      back.className = "btn btn-line";
      back.textContent = form.dataset.back;
      back.addEventListener("click", () => go(at - 1));
      steps[0].before(bar);
      button.before(back);
      form.noValidate = true;
      go(0);
    }
    const wrong = (part) => [...part.querySelectorAll("input, select, textarea")].find((input) => !input.disabled && !input.checkValidity());
    form.addEventListener("focusin", ready, { once: true });

    function show(errors, sentence) {
      box.textContent = sentence;
      let first = null;
      for (const holder of form.querySelectorAll("[data-error-for]")) {
        const input = field(holder.dataset.errorFor);
        const text = (errors[holder.dataset.errorFor] || []).join(" ");
        holder.textContent = text;
        if (text) input?.setAttribute("aria-invalid", "true");
        else input?.removeAttribute("aria-invalid");
        if (text && !first) first = input;
      }
      const step = first && steps.length > 1 ? steps.findIndex((part) => part.contains(first)) : -1;
      if (step >= 0) go(step);
      (first || (sentence ? box : null))?.focus();
    }

    async function send() {
      let proof = await ready();
      if (proof && performance.now() > proof.until) {
        working = null;
        proof = await ready();
      }
      if (proof) await pause(Math.max(0, proof.ripe - (performance.now() - proof.began)));
      const given = new FormData(form);
      given.set("visits", trail());
      const body = form.enctype === "multipart/form-data" ? given : new URLSearchParams(given);
      if (proof) body.set("proof", proof.value);
      return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit" });
    }

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      if (steps.length > 1) {
        const input = wrong(steps[at]);
        if (input) return void input.reportValidity();
        if (at < steps.length - 1) {
          go(at + 1);
          return void steps[at].querySelector("input, select, textarea")?.focus();
        }
      }
      button.disabled = true;
      button.textContent = state.textContent = form.dataset.sending;
      show({}, "");
      try {
        const answer = await send();
        const told = await answer.json();
        if (answer.ok) {
          forgetTrail();
          if (told.redirect) return void location.assign(told.redirect);
          const thanks = document.createElement("div");
          thanks.className = "thanks";
          thanks.tabIndex = -1;
          thanks.setAttribute("role", "status");
          thanks.append(Object.assign(document.createElement("p"), { textContent: told.message }));
          if (told.file) thanks.append(Object.assign(document.createElement("a"), { className: "btn", href: told.file, download: "", textContent: told.file_name }));
          form.replaceWith(thanks);
          thanks.focus();
          return;
        }
        show(told.errors || {}, told.title || form.dataset.failed);
      } catch {
        show({}, form.dataset.failed);
      }
      button.disabled = false;
      button.textContent = at < steps.length - 1 ? form.dataset.next : label;
      state.textContent = "";
    });
  }
  document.querySelectorAll("form[data-challenge]").forEach(enhance);

  // Inside a frame of another site: tell the allowed page how tall we are, and nothing else.
  if (framed) {
    document.documentElement.classList.add("framed");
    let origin = "";
    try { origin = new URL(document.referrer).origin; } catch { /* opened without a referrer */ }
    const allowed = (document.documentElement.dataset.origins || "").split(" ");
    if (origin && allowed.includes(origin)) {
      const tell = () =>
        window.parent.postMessage({ type: "form-height", height: Math.ceil(document.body.getBoundingClientRect().height) }, origin);
      new ResizeObserver(tell).observe(document.body);
      tell();
    }
  }
})();
