// The editor of product rows: adding by typing, sums and warnings from the server, all with the keyboard.
const formOf = (element) => element.closest?.("[data-lines]");

let asked = 0;
const check = async (form) => {
  const number = ++asked;
  const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
  if (!answer.ok || number !== asked || !form.isConnected) return;
  const { lines, sums } = await answer.json();
  form.querySelectorAll("[data-line]").forEach((line, place) => {
    const told = lines[place];
    if (!told) return;
    if (told.total || told.wrong) line.querySelector("[data-total]").textContent = told.total;
    const note = line.querySelector("[data-note]");
    note.textContent = told.note;
    note.classList.toggle("is-wrong", Boolean(told.wrong));
  });
  if (sums) form.querySelector("[data-sums]").innerHTML = sums;
};
const waits = new WeakMap();
const checkSoon = (form, delay = 300) => {
  clearTimeout(waits.get(form));
  waits.set(form, setTimeout(() => check(form), delay));
};

const shut = (form) => {
  form.querySelector("[data-line-options]").hidden = true;
  form.querySelector("[data-line-find]").setAttribute("aria-expanded", "false");
};

let sought = 0;
const find = async (form) => {
  const number = ++sought;
  const text = form.querySelector("[data-line-find]").value;
  const answer = await fetch(`${form.dataset.find}?q=${encodeURIComponent(text)}`);
  if (!answer.ok || number !== sought) return;
  const list = form.querySelector("[data-line-options]");
  list.innerHTML = await answer.text();
  list.hidden = false;
  form.querySelector("[data-line-find]").setAttribute("aria-expanded", "true");
};

const add = async (form, option) => {
  if (option.getAttribute("aria-disabled")) return;
  let query = option.dataset.product ? `product=${option.dataset.product}` : `title=${encodeURIComponent(option.dataset.title ?? "")}`;
  if (option.dataset.new) {
    const body = new FormData();
    body.append("title", option.dataset.new);
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    const made = await fetch(option.dataset.url, { method: "POST", body });
    if (!made.ok) return;
    query = `product=${(await made.json()).value}`;
  }
  sought += 1;
  const answer = await fetch(`${form.dataset.lineUrl}?${query}`);
  if (!answer.ok) return;
  const lines = form.querySelector(".crm-lines");
  lines.insertAdjacentHTML("beforeend", await answer.text());
  form.querySelector("[data-line-find]").value = "";
  shut(form);
  const quantity = lines.lastElementChild.querySelector("[data-quantity]");
  quantity.focus();
  quantity.select();
  checkSoon(form, 0);
};

let typing;
document.addEventListener("input", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  if (!event.target.matches("[data-line-find]")) return void checkSoon(form);
  clearTimeout(typing);
  typing = setTimeout(() => find(form), 200);
});
document.addEventListener("focusin", (event) => {
  document.querySelectorAll("[data-lines]").forEach((form) => {
    if (!event.target.closest?.(".crm-line-find") || formOf(event.target) !== form) shut(form);
  });
  if (event.target.matches?.("[data-line-find]")) find(formOf(event.target));
});
document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  const options = [...form.querySelectorAll("[data-line-options] li")];
  const place = options.indexOf(document.activeElement);
  const finding = event.target.matches("[data-line-find]");
  const open = !form.querySelector("[data-line-options]").hidden;
  if (event.key === "ArrowDown" && (finding || place >= 0) && options.length) options[Math.min(place + 1, options.length - 1)].focus();
  else if (event.key === "ArrowUp" && place > 0) options[place - 1].focus();
  else if (event.key === "ArrowUp" && place === 0) form.querySelector("[data-line-find]").focus();
  else if (event.key === "Enter" && place >= 0) add(form, options[place]);
  else if (event.key === "Enter" && finding && open && options.length) add(form, options[0]);
  else if (event.key === "Enter" && event.target.matches("[data-line] input")) form.querySelector("[data-line-find]").focus();
  else if (event.key === "Escape" && open) {
    shut(form);
    event.stopPropagation();
  } else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  const option = event.target.closest("[data-line-options] li");
  if (option) return void add(form, option);
  const gone = event.target.closest("[data-line-remove]");
  if (gone) {
    gone.closest("[data-line]").remove();
    form.querySelector("[data-line-find]").focus();
    checkSoon(form, 0);
  }
});

// What a card offers to copy, such as the link for a client.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 2000);
});
