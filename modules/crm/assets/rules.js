// The editor of rules is drawn by the server; what changes its shape is sent there and comes back, with nothing lost.
// One after another, and what is typed meanwhile is put back.
let drawing = Promise.resolve();
const redraw = (id, what, focus) => {
  drawing = drawing.then(async () => {
    const form = document.getElementById(id);
    if (!form) return;
    const late = new Map();
    form.addEventListener("input", (event) => event.target.id && late.set(event.target.id, event.target));
    const values = { do: what };
    await window.htmx.ajax("POST", form.dataset.redraws, { source: form, target: form, select: `#${id}`, swap: "outerHTML", values });
    late.forEach((was, name) => {
      const now = document.getElementById(name);
      if (now) [now.value, now.checked] = [was.value, was.checked];
    });
    document.getElementById([...late.keys()].pop() ?? focus)?.focus();
  }).catch(() => {}); // what went wrong was told; the next one is drawn all the same
};

document.addEventListener("change", (event) => {
  if (event.target.matches?.("select[data-redraw]")) redraw(event.target.form.id, "refresh", event.target.id);
});

let typed; // where the cursor was before a place is chosen
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("textarea, input[type=text], input:not([type])")) typed = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-redraw]");
  if (button) {
    event.preventDefault();
    redraw(button.form.id, button.value, button.id);
    return;
  }
  const place = event.target.closest?.("[data-place]");
  if (!place || !typed || typed.form !== place.closest("form")) return;
  const [from, to] = [typed.selectionStart ?? typed.value.length, typed.selectionEnd ?? typed.value.length];
  typed.setRangeText(`{{${place.dataset.place}}}`, from, to, "end");
  typed.focus();
});

// To do: d for done, t for tomorrow, on the row that is current.
const post = async (url) => {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", document.body.dataset.csrf);
  const answer = await fetch(url, { method: "POST", body, headers: { "UI-Panel": "1", "HX-Request": "true" } });
  if (answer.ok) document.body.dispatchEvent(new Event("list-refresh"));
};
document.addEventListener("keydown", (event) => {
  if (!["d", "t"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable=true]")) return;
  const row = document.querySelector("#ui-list .is-current");
  const line = row?.querySelector("[data-todo]");
  if (!line) return;
  event.preventDefault();
  if (event.key === "d" && "asks" in line.dataset) row.querySelector(".ui-row-link")?.click();
  else post(`${line.dataset.todo}${event.key === "d" ? "done" : "tomorrow"}/`);
});
