// What can be chosen on a page, and the choices each kind of thing offers. Looks are classes of the site's style, never
// styles of their own, so that a change of the theme reaches every page.

// Names for links that people or blocks gave; the library gives names of its own, which are nobody's business.
export const chosen = new Set();
export const remember = (html) => { for (const [, name] of html.matchAll(/ id="([^"]+)"/g)) chosen.add(name); };

export function kinds(editor, { words, forms, links, menu, sections, goods, icons, own_code }) {
  const types = editor.Components;
  const choice = (name, label, options) => ({ type: "select", name, label, changeProp: true, options });
  const option = (id, name) => ({ id, label: name, name });

  // A property that is one of several classes.
  function tie(model, name, classes) {
    const read = () => classes.find((word) => word && model.getClasses().includes(word)) || "";
    model.set(name, read(), { silent: true });
    model.on(`change:${name}`, () => {
      const wanted = model.get(name);
      if (read() === wanted) return;
      model.removeClass(classes.filter(Boolean));
      if (wanted) model.addClass(wanted);
    });
    model.on("change:classes", () => model.set(name, read()));
  }

  types.addType("default", { model: { defaults: { traits: [] } } });

  types.addType("site-section", {
    isComponent: (el) => ["SECTION", "HEADER", "FOOTER"].includes(el.tagName),
    model: {
      defaults: {
        name: words.section,
        draggable: "[data-gjs-type=wrapper]",
        droppable: false,
        traits: [
          choice("tone", words.ground, [option("", words.plain), option("s-soft", words.soft), option("s-dark", words.dark), option("s-accent", words.accent)]),
          choice("pad", words.space, [option("pad-0", words.none), option("pad-s", words.small), option("", words.normal), option("pad-l", words.large)]),
          choice("middle", words.middle, [option("", "–"), option("center", words.middle)]),
          { type: "text", name: "anchor", label: words.anchor, changeProp: true },
        ],
      },
      init() {
        tie(this, "tone", ["", "s-soft", "s-dark", "s-accent"]);
        tie(this, "pad", ["", "pad-0", "pad-s", "pad-l"]);
        tie(this, "middle", ["", "center"]);
        const given = this.getAttributes().id || "";
        this.set("anchor", chosen.has(given) ? given : "", { silent: true });
        this.on("change:anchor", () => {
          const name = this.get("anchor").toLowerCase().replace(/[^a-z0-9-]+/g, "-").replace(/^[^a-z]+/, "");
          if (name) chosen.add(name);
          if (name) this.addAttributes({ id: name });
          else this.removeAttributes("id");
        });
      },
    },
  });

  types.addType("site-grid", {
    isComponent: (el) => el.classList?.contains("grid"),
    model: {
      defaults: {
        name: words.columns,
        traits: [choice("columns", words.columns, [option("cols-2", "2"), option("cols-3", "3"), option("cols-4", "4")])],
      },
      init() {
        tie(this, "columns", ["cols-2", "cols-3", "cols-4"]);
      },
    },
  });

  const named = (type, test, name, more = {}) =>
    types.addType(type, { isComponent: test, model: { defaults: { name, traits: [], ...more } } });
  named("site-card", (el) => el.classList?.contains("card"), words.card);
  named("site-list", (el) => ["UL", "OL"].includes(el.tagName) && !el.classList.contains("grid"), words.list);

  // Own HTML is one thing: chosen, moved and written as a whole, and only by those who may.
  const still = { selectable: false, hoverable: false, editable: false, draggable: false, droppable: false, layerable: false };
  types.addType("site-own", {
    isComponent: (el) => el.classList?.contains("own"),
    model: {
      defaults: {
        name: words.own_html,
        droppable: false,
        locked: !own_code,
        traits: own_code ? [{ type: "button", name: "html", label: "", text: words.edit_html, full: true, command: "own-html" }] : [],
      },
      init() {
        const hold = () => this.onAll((part) => part === this || part.set(still));
        hold();
        this.components().on("add reset", hold);
      },
    },
  });

  types.addType("site-details", {
    isComponent: (el) => el.tagName === "DETAILS",
    model: { defaults: { name: words.question, traits: [] } },
    view: {
      onRender({ el }) {
        el.open = true;
        el.addEventListener("toggle", () => { el.open = true; });
      },
    },
  });

  // Text: its level can be chosen.
  types.addType("text", {
    model: { defaults: { name: words.text, traits: [] } },
  });
  types.addType("site-heading", {
    extend: "text",
    isComponent: (el) => /^(H[1-4]|P)$/.test(el.tagName) && !el.querySelector?.("a.btn, div, img") ? { type: "site-heading" } : undefined,
    model: {
      defaults: {
        name: words.text,
        traits: [
          { type: "select", name: "tagName", label: words.size, changeProp: true, options: [option("h1", words.heading_1), option("h2", words.heading_2), option("h3", words.heading_3), option("p", words.paragraph)] },
          choice("weight", words.kind, [option("", words.normal), option("lead", words.large), option("kicker", words.accent), option("small", words.small)]),
        ],
      },
      init() {
        tie(this, "weight", ["", "lead", "kicker", "small"]);
      },
    },
  });

  const target = { type: "checkbox", name: "target", label: words.new_tab, valueTrue: "_blank", valueFalse: "" };
  const href = { type: "site-link", name: "href", label: words.address };
  editor.Traits.addType("site-link", {
    createInput({ trait }) {
      const input = document.createElement("input");
      const id = `links-${Math.random().toString(36).slice(2)}`;
      const list = document.createElement("datalist");
      list.id = id;
      for (const link of [...links, { id: "#contact", name: words.form }]) {
        const item = document.createElement("option");
        item.value = link.id;
        item.label = link.name;
        list.append(item);
      }
      input.type = "text";
      input.setAttribute("list", id);
      input.placeholder = "https://… /prices #contact tel:+44…";
      input.setAttribute("aria-label", trait.getLabel());
      const holder = document.createElement("div");
      holder.append(input, list);
      return holder;
    },
    onEvent({ elInput, component }) {
      component.addAttributes({ href: elInput.querySelector("input").value.trim() });
    },
    onUpdate({ elInput, component }) {
      elInput.querySelector("input").value = component.getAttributes().href || "";
    },
  });
  types.addType("link", { model: { defaults: { name: words.link, traits: [href, target] } } });
  types.addType("site-button", {
    extend: "link",
    isComponent: (el) => el.tagName === "A" && el.classList.contains("btn"),
    model: {
      defaults: {
        name: words.button,
        traits: [href, target, choice("kind", words.kind, [option("", words.filled), option("btn-line", words.outlined)])],
      },
      init() {
        tie(this, "kind", ["", "btn-line"]);
      },
    },
  });

  types.addType("image", {
    model: {
      defaults: {
        name: words.picture,
        resizable: false,
        traits: [
          { type: "text", name: "alt", label: words.alt },
          { type: "button", name: "pick", label: "", text: words.another, full: true, command: (self) => self.runCommand("open-assets", { target: self.getSelected() }) },
        ],
      },
    },
  });
  types.addType("site-figure", {
    isComponent: (el) => el.classList?.contains("pic"),
    model: {
      defaults: {
        name: words.picture,
        traits: [choice("shape", words.shape, [option("", words.as_is), option("wide-pic", words.wide), option("square", words.square), option("round", words.round)])],
      },
      init() {
        tie(this, "shape", ["", "wide-pic", "square", "round"]);
      },
    },
  });

  // Parts that the server fills in: on the canvas a picture of them, in the HTML an empty element with attributes.
  function part(name, label, traits, draw) {
    types.addType(`site-part-${name}`, {
      isComponent: (el) => (el.getAttribute?.("data-part") === name ? { type: `site-part-${name}`, components: [] } : undefined),
      model: {
        defaults: { name: label, droppable: false, editable: false, traits },
        init() {
          this.on("change:attributes", () => this.view?.render());
        },
        toHTML() {
          const attributes = Object.entries({ ...this.getAttributes(), class: this.getClasses().join(" ") })
            .filter(([key, value]) => value !== "" && !key.startsWith("data-gjs") && key !== "draggable")
            .map(([key, value]) => ` ${key}="${String(value).replace(/&/g, "&amp;").replace(/"/g, "&quot;")}"`)
            .join("");
          return `<${this.get("tagName")}${attributes}></${this.get("tagName")}>`;
        },
      },
      view: {
        onRender({ el, model }) {
          const inside = document.createElement("div");
          inside.inert = true;
          inside.style.pointerEvents = "none";
          draw(inside, model.getAttributes());
          el.replaceChildren(...(el.tagName === "SPAN" ? inside.childNodes : [inside]));
        },
      },
    });
  }
  const say = (inside, text) => {
    const line = document.createElement("p");
    line.className = "note";
    line.textContent = text;
    inside.append(line);
  };
  const drawn = new Map();
  part("form", words.form, [{ type: "select", name: "data-form", label: words.pick_form, options: forms.map((form) => option(form.id, form.name)) }], async (inside, attributes) => {
    const form = forms.find((item) => item.id === attributes["data-form"]) || forms[0];
    if (!form) return say(inside, words.form);
    if (!drawn.has(form.id)) drawn.set(form.id, fetch(form.part).then((answer) => answer.text()));
    inside.innerHTML = await drawn.get(form.id);
  });
  part("catalogue", words.goods, [
    { type: "select", name: "data-section", label: words.section_of_goods, options: [option("", words.all_goods), ...sections.map(([id, name]) => option(String(id), name))] },
    { type: "select", name: "data-count", label: words.how_many, options: ["3", "6", "9", "12", "24"].map((count) => option(count, count)) },
  ], async (inside, attributes) => {
    const address = `${goods}?section=${attributes["data-section"] || ""}&count=${attributes["data-count"] || "6"}`;
    if (!drawn.has(address)) drawn.set(address, fetch(address).then((answer) => answer.text()));
    const cards = await drawn.get(address);
    if (cards) inside.innerHTML = cards;
    else say(inside, words.no_goods);
  });
  part("menu", words.menu, [], (inside) => {
    inside.style.display = "flex";
    inside.style.flexWrap = "wrap";
    inside.style.gap = "0 1.25rem";
    for (const title of menu) {
      const link = document.createElement("a");
      link.textContent = title;
      inside.append(link);
    }
  });
  part("video", words.video, [
    { type: "text", name: "data-url", label: words.video_url, placeholder: "https://youtu.be/…" },
    { type: "text", name: "data-title", label: words.video_title },
  ], (inside, attributes) => {
    const line = document.createElement("a");
    line.textContent = attributes["data-url"] ? attributes["data-title"] || words.video : words.empty_video;
    inside.append(line);
  });
  part("clock", words.clock, [{ type: "date", name: "data-until", label: words.until }], (inside) => {
    inside.className = "clock";
    for (const number of ["12", "08", "30", "00"]) {
      const box = document.createElement("span");
      const value = document.createElement("b");
      value.textContent = number;
      box.append(value);
      inside.append(box);
    }
  });
  part("frame", words.frame, [
    { type: "text", name: "data-url", label: words.frame_url, placeholder: "https://" },
    { type: "text", name: "data-title", label: words.frame_title },
  ], (inside, attributes) => say(inside, attributes["data-url"] || words.empty_frame));
  part("icon", words.icon, [
    { type: "select", name: "data-icon", label: words.icon, options: Object.entries(icons).map(([id, [name]]) => option(id, name)) },
  ], (inside, attributes) => { inside.innerHTML = icons[attributes["data-icon"]]?.[1] || ""; });
  part("year", words.text, [], (inside) => inside.append(String(new Date().getFullYear())));
  editor.Traits.addType("date", {
    createInput() {
      const input = document.createElement("input");
      input.type = "date";
      return input;
    },
  });
}
