// Search and commands: Ctrl+K or Cmd+K.
const box = () => document.getElementById("ui-palette");
const input = () => document.getElementById("ui-palette-input");
const options = () => [...box().querySelectorAll("[role=option]")];

function choose(item) {
  options().forEach((other, index) => {
    other.id ||= `ui-option-${index}`;
    other.setAttribute("aria-selected", String(other === item));
  });
  if (item) {
    input().setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  } else input().removeAttribute("aria-activedescendant");
}

function show() {
  const dialog = box();
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input().select();
  window.htmx.trigger(input(), "palette-opened");
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    show();
    return;
  }
  const dialog = box();
  if (!dialog?.open || !dialog.contains(event.target)) return;
  const items = options();
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(items[(at + step + items.length) % items.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    (items[at] || items[0])?.click();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) show();
  else if (event.target === box()) box().close();
  else if (event.target.closest(".ui-palette-item:not([data-panel])")) box().close();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "ui-palette-list") choose(options()[0]);
});
