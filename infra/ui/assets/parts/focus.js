// Focus stays where it was when a part of the page is replaced: on the same control, the same row, else on the part.
let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const active = document.activeElement;
  kept = target && active !== document.body && target.contains(active)
    ? { part: target.id, id: active.id, row: active.closest("[data-row]")?.dataset.row }
    : null;
});

document.addEventListener("htmx:afterSettle", () => {
  if (!kept) return;
  const { part, id, row } = kept;
  kept = null;
  if (document.activeElement && document.activeElement !== document.body) return;
  const root = document.getElementById(part);
  if (!root) return;
  const line = row ? root.querySelector(`[data-row="${CSS.escape(row)}"]`) : null;
  line?.classList.add("is-current");
  const control = (id && document.getElementById(id)) || line?.querySelector(".ui-row-link") || line?.querySelector(".ui-pick") || root.querySelector("[tabindex='0'], a, button");
  control?.focus({ preventScroll: true });
});

// The open tab is seen, however narrow the screen.
document.addEventListener("DOMContentLoaded", () => {
  for (const tab of document.querySelectorAll(".ui-tabs [aria-current='page']")) {
    const strip = tab.closest(".ui-tabs");
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }
});
