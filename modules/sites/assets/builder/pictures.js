// Choosing a picture: the site's own, our drawings in its colours, or a new one with the words for those who cannot see it.

export function pictures({ root, config, words, editor }) {
  const dialog = root.querySelector("[data-pictures]");
  const form = dialog.querySelector("form.builder-upload");
  const places = { pictures: dialog.querySelector("[data-own]"), art: dialog.querySelector("[data-art]") };
  const note = dialog.querySelector("[data-note]");
  let target = null;

  function tile(picture) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "builder-picture";
    const image = document.createElement("img");
    image.src = picture.src;
    image.alt = picture.alt || "";
    image.loading = "lazy";
    button.append(image);
    button.addEventListener("click", () => choose(picture));
    return button;
  }
  function choose(picture) {
    const alt = picture.alt || (target?.getAttributes().alt ?? "");
    target?.addAttributes({ src: picture.src, alt, width: String(picture.width), height: String(picture.height) });
    target?.set("src", picture.src);
    dialog.close();
  }
  async function load() {
    const answer = await fetch(config.urls.pictures, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    for (const [name, place] of Object.entries(places)) place.replaceChildren(...told[name].map(tile));
    note.textContent = told.pictures.length ? "" : words.no_pictures;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    note.textContent = words.uploading;
    try {
      const answer = await fetch(config.urls.pictures, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": document.body.dataset.csrf },
        body: new FormData(form),
      });
      const told = await answer.json();
      if (answer.ok) {
        form.reset();
        note.textContent = "";
        choose(told);
      } else note.textContent = Object.values(told.errors || {}).flat().join(" ") || told.detail || told.title;
    } catch {
      note.textContent = words.refused;
    }
    button.disabled = false;
  });
  editor.Commands.add("open-assets", {
    run(_editor, _sender, options = {}) {
      target = options.target || editor.getSelected();
      load();
      dialog.showModal();
    },
  });
}
