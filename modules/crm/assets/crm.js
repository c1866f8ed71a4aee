// Rows of phones and addresses, and pickers of records: plain inputs that grow, in forms that work with the keyboard alone.
const shut = (picker) => {
  const list = picker.querySelector("[data-options]");
  list.hidden = true;
  picker.querySelector("[data-picker-text]").setAttribute("aria-expanded", "false");
};

const pick = (picker, value, title) => {
  const picked = picker.querySelector("[data-picked]");
  if (!("multiple" in picker.dataset)) picked.replaceChildren();
  if ([...picked.querySelectorAll(`input[name="${picker.dataset.name}"]`)].some((input) => input.value === value)) return;
  const item = picker.querySelector("[data-picked-template]").content.firstElementChild.cloneNode(true);
  item.querySelector("input").value = value;
  item.querySelector("span").textContent = title;
  picked.append(item);
  picked.dispatchEvent(new Event("change", { bubbles: true }));
};

const choose = async (picker, option) => {
  const text = picker.querySelector("[data-picker-text]");
  if (option.getAttribute("aria-disabled")) return;
  let { value, title } = option.dataset;
  if (option.dataset.new) {
    const form = new FormData();
    form.append("title", title);
    form.append("csrfmiddlewaretoken", picker.closest("form").querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(option.dataset.url, { method: "POST", body: form });
    if (!answer.ok) return;
    ({ value, title } = await answer.json());
  }
  pick(picker, value, title);
  text.value = "";
  shut(picker);
  text.focus();
};

let asked = 0;
let waiting;
const ask = async (picker) => {
  const text = picker.querySelector("[data-picker-text]");
  const list = picker.querySelector("[data-options]");
  const number = ++asked;
  const answer = await fetch(`${picker.dataset.url}&q=${encodeURIComponent(text.value)}`);
  if (!answer.ok || number !== asked) return;
  list.innerHTML = await answer.text();
  list.hidden = false;
  text.setAttribute("aria-expanded", "true");
};

document.addEventListener("input", (event) => {
  const picker = event.target.matches?.("[data-picker-text]") && event.target.closest("[data-picker]");
  if (!picker) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(picker), 200);
});
document.addEventListener("focusin", (event) => {
  const inside = event.target.closest?.("[data-picker]");
  document.querySelectorAll("[data-picker]").forEach((picker) => picker !== inside && shut(picker));
  if (inside && event.target.matches("[data-picker-text]")) ask(inside);
});
document.addEventListener("keydown", (event) => {
  const picker = event.target.closest?.("[data-picker]");
  if (!picker) return;
  const options = [...picker.querySelectorAll("[data-options] li")];
  const place = options.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && options.length) options[Math.min(place + 1, options.length - 1)].focus();
  else if (event.key === "ArrowUp" && place > 0) options[place - 1].focus();
  else if (event.key === "ArrowUp") picker.querySelector("[data-picker-text]").focus();
  else if (event.key === "Enter" && place >= 0) choose(picker, options[place]);
  else if (event.key === "Enter" && event.target.matches("[data-picker-text]") && options.length && !picker.querySelector("[data-options]").hidden) choose(picker, options[0]);
  else if (event.key === "Escape" && !picker.querySelector("[data-options]").hidden) {
    shut(picker);
    event.stopPropagation();
  } else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest?.("[data-options] li");
  if (option) return void choose(option.closest("[data-picker]"), option);
  const away = event.target.closest?.("[data-unpick]");
  if (away) {
    const list = away.closest("[data-picked]");
    away.closest("li").remove();
    list.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  const more = event.target.closest?.("[data-row-add]");
  if (more) {
    const rows = more.closest("[data-rows]").querySelectorAll("[data-row-of]");
    const row = rows[rows.length - 1].cloneNode(true);
    const named = more.closest(".ui-field")?.querySelector("label, legend")?.textContent.trim();
    row.querySelectorAll("input").forEach((input) => {
      input.value = "";
      input.removeAttribute("id");
      if (named) input.setAttribute("aria-label", named);
    });
    more.before(row);
    row.querySelector("input").focus();
    return;
  }
  const gone = event.target.closest?.("[data-row-remove]");
  if (gone) {
    const rows = gone.closest("[data-rows]");
    const row = gone.closest("[data-row-of]");
    if (rows.querySelectorAll("[data-row-of]").length > 1) row.remove();
    else row.querySelectorAll("input").forEach((input) => (input.value = ""));
    rows.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A field edited in place: the cursor goes into it, Escape takes it back, and then stands where it stood.
document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  if (part?.matches?.(".crm-editing")) part.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  else if (part?.matches?.("#record-rows")) part.querySelector("[data-line-find]")?.focus();
  else if (part?.matches?.(".crm-field") && document.activeElement === document.body) part.querySelector("a.btn")?.focus();
});
document.addEventListener("keydown", (event) => {
  const cancel = event.key === "Escape" && event.target.closest?.(".crm-editing")?.querySelector("[data-edit-cancel]");
  if (!cancel || event.defaultPrevented) return;
  event.preventDefault();
  cancel.click();
});

// A job that has ended leads to its result by itself.
document.addEventListener("htmx:afterSettle", () => {
  const result = document.querySelector("[data-follows-job] .ui-job a");
  if (result) window.location.assign(result.href);
});

// What a type of field does not need is out of sight.
const suit = (form) => {
  const type = form.querySelector("[name=type]").value;
  form.querySelectorAll("[data-for]").forEach((part) => (part.hidden = !part.dataset.for.split(" ").includes(type)));
};
document.addEventListener("change", (event) => event.target.matches?.("[data-field-form] [name=type]") && suit(event.target.form));
document.querySelectorAll("[data-field-form]").forEach(suit);
document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-field-form]").forEach(suit));
