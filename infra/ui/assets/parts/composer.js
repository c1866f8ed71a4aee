// The composer of timelines: @ and the beginning of a name offers people, and attached files are named.
const START = /(?:^|[\s(])@([\p{L}\p{M}'’-]+(?: [\p{L}\p{M}'’-]*)?)?$/u;
let asked = 0;
let waiting;

const listOf = (field) => field.form.querySelector(".ui-mentions");
const shut = (field) => {
  listOf(field).hidden = true;
};

async function offer(field) {
  const found = START.exec(field.value.slice(0, field.selectionStart));
  if (!found) return shut(field);
  const number = ++asked;
  const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(found[1] || "")}`);
  if (!answer.ok || number !== asked) return undefined;
  const list = listOf(field);
  list.innerHTML = await answer.text();
  list.hidden = Boolean(found[1]?.includes(" ")) && !list.querySelector("[data-insert]");
  return undefined;
}

function take(option) {
  const field = option.closest("form").querySelector("[data-mentions]");
  const end = field.selectionStart;
  const typed = START.exec(field.value.slice(0, end));
  if (!typed || !option.dataset.insert) return;
  field.setRangeText(`${option.dataset.insert} `, end - (typed[1] || "").length - 1, end, "end");
  shut(field);
  field.focus();
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-mentions]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => offer(event.target), 150);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".ui-composer");
  const list = form?.querySelector(".ui-mentions");
  if (!list || list.hidden) return;
  const options = [...list.querySelectorAll("[data-insert]")];
  const at = options.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && options.length) options[Math.min(at + 1, options.length - 1)].focus();
  else if (event.key === "ArrowUp" && at > 0) options[at - 1].focus();
  else if (event.key === "ArrowUp") form.querySelector("[data-mentions]").focus();
  else if ((event.key === "Enter" || event.key === "Tab") && options.length && !event.ctrlKey && !event.metaKey) take(options[Math.max(at, 0)]);
  else if (event.key === "Escape") {
    shut(form.querySelector("[data-mentions]"));
    event.stopPropagation();
  } else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest?.(".ui-mentions [data-insert]");
  if (option) take(option);
  else document.querySelectorAll(".ui-mentions:not([hidden])").forEach((list) => list.contains(event.target) || (list.hidden = true));
});

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-attach]")) return;
  const words = event.target.closest("label").querySelector("[data-attached]");
  words.dataset.none ||= words.textContent;
  words.textContent = [...event.target.files].map((file) => file.name).join(", ") || words.dataset.none;
});
document.addEventListener("reset", (event) => {
  const words = event.target.querySelector?.("[data-attached]");
  if (words?.dataset.none) words.textContent = words.dataset.none;
});
