// Shows forms in pages of other sites, in place or over the page by a rule, by this script and
// <div data-form-frame="https://…/_f/…" data-when="time" data-value="10"></div>. Holds no secret, sets no cookie.
(() => {
  "use strict";
  const here = new URLSearchParams(location.search);

  function framed(place) {
    const source = new URL(place.dataset.formFrame);
    const visit = new URLSearchParams({ page_url: location.href.split("#")[0], referrer: document.referrer });
    visit.set("popup-title", (place.dataset.when && place.dataset.title) || ""); // also empty: no address may give one
    for (const [name, value] of here) if (!visit.has(name)) visit.set(name, value.slice(0, 500));
    source.hash = visit;
    const frame = document.createElement("iframe");
    frame.src = source;
    frame.title = place.dataset.title || "Form";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    Object.assign(frame.style, { width: "100%", height: "640px", border: "0", display: "block" });
    window.addEventListener("message", (event) => {
      if (event.origin !== source.origin || event.source !== frame.contentWindow) return;
      const height = event.data && event.data.type === "form-height" ? Number(event.data.height) : NaN;
      if (height >= 40 && height <= 10000) frame.style.height = height + "px";
    });
    return frame;
  }

  function popup(place) {
    const key = "form " + place.dataset.formFrame;
    const shown = () => { try { return sessionStorage.getItem(key) === "1"; } catch { return false; } };
    let dialog = null;
    function make() {
      dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", place.dataset.title || "Form");
      Object.assign(dialog.style, { width: "min(34rem, calc(100vw - 2rem))", maxHeight: "calc(100vh - 2rem)", padding: "0", border: "0", borderRadius: "12px", overflow: "auto", boxShadow: "0 16px 48px rgb(0 0 0 / .3)", background: "#fff" });
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "×";
      close.setAttribute("aria-label", place.dataset.close || "Close");
      Object.assign(close.style, { position: "absolute", insetBlockStart: "4px", insetInlineEnd: "4px", width: "44px", height: "44px", border: "0", background: "transparent", color: "#333", font: "24px/1 system-ui, sans-serif", cursor: "pointer", zIndex: "1" });
      close.addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      dialog.append(close, framed(place));
      document.body.append(dialog);
    }
    const open = () => {
      if (!dialog) make();
      if (!dialog.open) dialog.showModal();
    };
    const once = () => {
      if (shown() || (dialog && dialog.open)) return;
      try { sessionStorage.setItem(key, "1"); } catch { /* shown once a page then */ }
      open();
    };
    const value = Number(place.dataset.value) || 0;
    if (place.dataset.when === "time") setTimeout(once, value * 1000);
    else if (place.dataset.when === "scroll") {
      const look = () => {
        const room = document.documentElement.scrollHeight - innerHeight;
        if (room <= 0 || scrollY / room < value / 100) return;
        removeEventListener("scroll", look);
        once();
      };
      addEventListener("scroll", look, { passive: true });
    } else if (place.dataset.when === "leave") {
      const leave = (event) => {
        if (event.clientY > 0) return;
        document.removeEventListener("mouseleave", leave);
        once();
      };
      document.addEventListener("mouseleave", leave);
    }
    const name = place.dataset.formFrame.split("/").pop();
    for (const link of document.querySelectorAll(`a[href="#form-${name}"]`))
      link.addEventListener("click", (event) => { event.preventDefault(); open(); });
  }

  for (const place of document.querySelectorAll("[data-form-frame]:not([data-form-ready])")) {
    place.setAttribute("data-form-ready", "");
    if (place.dataset.when) popup(place);
    else place.replaceChildren(framed(place));
  }
})();
