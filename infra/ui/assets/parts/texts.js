// Texts come from the page, where gettext put them; {name} parts are filled in here.
export function text(key, values = {}) {
  const source = document.getElementById("ui-texts");
  const given = source ? source.dataset[key] || "" : "";
  return given.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export function fromTemplate(id) {
  const source = document.getElementById(id);
  return source ? source.content.firstElementChild.cloneNode(true) : null;
}
