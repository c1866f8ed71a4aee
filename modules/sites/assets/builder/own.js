// Own HTML, written by hand. What no page may hold (scripts, styles, forms) is left out by the server when it is saved.

export function own({ root, editor, clean }) {
  const dialog = root.querySelector("[data-own-html]");
  if (!dialog) return;
  const area = dialog.querySelector("textarea");
  let target = null;
  editor.Commands.add("own-html", {
    run() {
      target = editor.getSelected();
      area.value = clean(target.getInnerHTML());
      dialog.showModal();
      return null;
    },
  });
  dialog.querySelector("[data-use]").addEventListener("click", () => {
    target.components(area.value);
    dialog.close();
  });
}
