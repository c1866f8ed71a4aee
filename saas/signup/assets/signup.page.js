// Registration: suggests an address from the company's name, and proves work in the background while the form is filled in.
import "./signup.css";

const form = document.querySelector("[data-signup]");
const field = (name) => form.elements.namedItem(name);

function watchAddress() {
  const company = field("company"), address = field("address");
  let own = address.value !== "";
  let timer;
  const suggest = async () => {
    const name = company.value;
    if (own || !name) return;
    const answer = await fetch(`${form.dataset.suggestionUrl}?company=${encodeURIComponent(name)}`).catch(() => null);
    if (!answer || !answer.ok || own || name !== company.value) return;
    address.value = (await answer.json()).address;
    window.htmx?.trigger(address, "look");
  };
  address.addEventListener("input", () => { own = address.value !== ""; });
  company.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, 350);
  });
  suggest();  // what was typed before this script came, or brought back by the browser
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve(task) {
  const encoder = new TextEncoder();
  const batch = 256;
  for (let start = 0; start <= task.maxNumber; start += batch) {
    const tries = Array.from({ length: batch }, (_, step) =>
      crypto.subtle.digest("SHA-256", encoder.encode(task.salt + (start + step))));
    const found = (await Promise.all(tries)).findIndex((digest) => hex(digest) === task.challenge);
    if (found >= 0) {
      const { algorithm, challenge, salt, signature } = task;
      return btoa(JSON.stringify({ algorithm, challenge, salt, signature, number: start + found }));
    }
  }
  return "";
}

function prove() {
  if (!window.crypto?.subtle || field("letter").value) return;
  const began = performance.now();
  const working = solve(JSON.parse(form.dataset.challenge)).then((proof) => { field("proof").value = proof; }, () => {});
  let sending = false;
  form.addEventListener("submit", async (event) => {
    const wait = Math.max(0, 2500 - (performance.now() - began));
    if (field("proof").value && wait === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (sending) return;
    sending = true;
    const button = form.querySelector("[type=submit]");
    button.textContent = form.dataset.working;
    await Promise.all([working, new Promise((done) => { setTimeout(done, wait); })]);
    form.submit();
  }, { capture: true });
}

if (form) {
  field("time_zone").value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  watchAddress();
  prove();
}
