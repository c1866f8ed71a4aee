// The frame: menu on small screens, the look, keyboard shortcuts that belong to every page.
document.addEventListener("alpine:init", () => {
  window.Alpine.data("shell", () => ({
    open: false,
    toggle() {
      this.open = !this.open;
      if (this.open) this.$nextTick(() => document.querySelector("#ui-side a")?.focus());
    },
    close() { this.open = false; },
    get sideClass() { return this.open ? "is-open" : ""; },
    init() {
      this.$root.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && this.open) { this.open = false; document.querySelector("[aria-controls=ui-side]")?.focus(); }
      });
    },
  }));
});

const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function applyTheme() {
  const wanted = root.dataset.theme;
  root.dataset.bsTheme = wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted;
}
dark.addEventListener("change", applyTheme);
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  root.dataset.theme = event.submitter.value;
  applyTheme();
  form.querySelectorAll("[name=theme]").forEach((button) => button.setAttribute("aria-pressed", String(button === event.submitter)));
  const body = new FormData(form);
  body.set("theme", event.submitter.value);
  fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": document.body.dataset.csrf }, redirect: "manual" });
}, true);
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  document.querySelectorAll(".ui-bar-search kbd").forEach((key) => { key.textContent = "⌘ K"; });
}
