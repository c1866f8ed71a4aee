// Looking at the page as visitors will see it, and at what it said before.

export function preview({ root, config, html }) {
  const dialog = root.querySelector("[data-preview]");
  const frame = dialog.querySelector("iframe");
  root.querySelector("[data-show=preview]").addEventListener("click", () => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: config.urls.preview, target: frame.name, hidden: true });
    for (const [name, value] of [["html", html()], ["csrfmiddlewaretoken", document.body.dataset.csrf]]) {
      const input = document.createElement("textarea");
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.submit();
    form.remove();
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-wide]");
    if (!button) return;
    frame.dataset.wide = button.dataset.wide;
    for (const other of dialog.querySelectorAll("[data-wide]:not(iframe)")) other.setAttribute("aria-pressed", String(other === button));
  });
}

export function history({ root, config, words, save }) {
  const dialog = root.querySelector("[data-history]");
  const list = dialog.querySelector("ol");
  const frame = dialog.querySelector("iframe");
  const form = dialog.querySelector("form");
  root.querySelector("[data-show=history]").addEventListener("click", async () => {
    await save.flush();
    const answer = await fetch(config.urls.history, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { versions } = await answer.json();
    list.replaceChildren(
      ...versions.map((version, number) => {
        const row = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "builder-version";
        button.textContent = [version.when, version.who, number === 0 ? words.now : ""].filter(Boolean).join(" · ");
        button.addEventListener("click", () => {
          frame.src = version.preview;
          form.action = version.preview;
          form.hidden = number === 0 || !config.manage;
          for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
        });
        row.append(button);
        return row;
      }),
    );
    list.querySelector("button")?.click();
    dialog.showModal();
  });
}
