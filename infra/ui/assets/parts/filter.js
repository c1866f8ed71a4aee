// The filter of lists and boards: its fields are fetched when it is opened for the first time.
export const filter = () => ({
  filterOpen: false,
  toggleFilter() {
    this.filterOpen = !this.filterOpen;
    const form = document.getElementById("ui-filter");
    const fields = form.querySelector("[data-filter-fields]");
    if (!this.filterOpen || !fields) return;
    // Until they are here, hidden fields hold what is set. A fetch that fails is tried again at the next opening.
    const set = new URLSearchParams(new FormData(form)).toString();
    const url = fields.dataset.filterFields + (set ? `&${set}` : "");
    window.htmx.ajax("GET", url, { target: fields, swap: "outerHTML" });
  },
});
