// Shows forms in pages of other sites: <div data-form-frame="https://…/_f/…"></div> and this script. Holds no secret.
(() => {
  "use strict";
  const here = new URLSearchParams(location.search);
  for (const place of document.querySelectorAll("[data-form-frame]:not([data-form-ready])")) {
    place.setAttribute("data-form-ready", "");
    const source = new URL(place.dataset.formFrame);
    const visit = new URLSearchParams({ page_url: location.href.split("#")[0], referrer: document.referrer });
    for (const [name, value] of here) if (name.startsWith("utm_")) visit.set(name, value);
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
    place.replaceChildren(frame);
  }
})();
