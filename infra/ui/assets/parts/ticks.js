// Several of a list: what is ticked is named in the line; a click elsewhere and Esc close it.
document.addEventListener("change", (event) => {
  const ticks = event.target.closest?.("[data-ticks]");
  if (!ticks) return;
  const said = ticks.querySelector("[data-ticks-said]");
  const names = [...ticks.querySelectorAll("input:checked")].map((one) => one.nextElementSibling.textContent);
  said.textContent = names.join(", ") || said.dataset.none;
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("[data-ticks][open]").forEach((one) => one.contains(event.target) || (one.open = false));
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.("[data-ticks][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.stopPropagation();
});
