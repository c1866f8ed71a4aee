// What a published page does by itself: clocks, videos after a click, the form that opens by a rule, and a count of the
// visit without cookies. Pages work without it.
(() => {
  "use strict";
  for (const clock of document.querySelectorAll("[data-until]")) {
    const end = new Date(clock.dataset.until.length > 10 ? clock.dataset.until : clock.dataset.until + "T23:59:59");
    const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
    const tick = () => {
      let left = Math.max(0, Math.floor((end - Date.now()) / 1000));
      for (const [name, size] of units) {
        const place = clock.querySelector(`[data-unit=${name}]`);
        if (!place) continue;
        place.textContent = String(Math.floor(left / size)).padStart(2, "0");
        left %= size;
      }
    };
    tick();
    setInterval(tick, 1000);
  }

  for (const link of document.querySelectorAll("[data-player]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const frame = document.createElement("iframe");
      frame.src = link.dataset.player;
      frame.title = link.textContent;
      frame.allow = "autoplay; fullscreen; picture-in-picture";
      frame.allowFullscreen = true;
      link.replaceWith(frame);
      frame.focus();
    });

  const priced = document.querySelectorAll("[data-price]");
  if (priced.length)
    fetch("/_p", { credentials: "omit" }).then((answer) => answer.json()).then((prices) => {
      for (const place of priced) {
        const price = prices[place.dataset.price];
        if (price !== undefined && place.textContent !== price) place.textContent = price;
      }
    }).catch(() => { /* the price at the time of publishing stays */ });

  const popup = document.querySelector("dialog[data-when]");
  if (popup) {
    const seen = () => { try { return sessionStorage.getItem("popup") === "1"; } catch { return false; } };
    const open = () => {
      if (seen() || popup.open || document.activeElement?.closest("form")) return;
      try { sessionStorage.setItem("popup", "1"); } catch { /* shown once a page then */ }
      popup.showModal();
    };
    popup.querySelector(".close").addEventListener("click", () => popup.close());
    const value = Number(popup.dataset.value) || 0;
    if (popup.dataset.when === "time") setTimeout(open, value * 1000);
    else if (popup.dataset.when === "scroll")
      addEventListener("scroll", () => {
        const room = document.documentElement.scrollHeight - innerHeight;
        if (room > 0 && scrollY / room >= value / 100) open();
      }, { passive: true });
    else document.addEventListener("mouseleave", (event) => { if (event.clientY <= 0) open(); });
  }
  for (const link of document.querySelectorAll('a[href="#popup"]'))
    link.addEventListener("click", (event) => { if (popup) { event.preventDefault(); popup.showModal(); } });

  // The pages looked at stay in this browser, without a name, for ninety days; they go along only when the visitor
  // sends a form. Who asks not to be followed is remembered by this tab alone.
  try {
    const apart = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    const memory = apart ? sessionStorage : localStorage;
    if (apart) localStorage.removeItem("trail");
    const oldest = new Date(Date.now() - 90 * 864e5).toISOString();
    const trail = JSON.parse(memory.getItem("trail") || "[]").filter(([moment]) => moment > oldest);
    trail.push([new Date().toISOString().slice(0, 19) + "Z", location.pathname]);
    memory.setItem("trail", JSON.stringify(trail.slice(-30)));
  } catch { /* no such memory here */ }

  if (navigator.sendBeacon) {
    const here = new URLSearchParams(location.search);
    const from = here.get("referrer") || (document.referrer.startsWith(location.origin + "/") ? "" : document.referrer);
    const arm = document.documentElement.dataset.arm || "";
    const visit = { path: location.pathname, from, source: here.get("utm_source") || "", campaign: here.get("utm_campaign") || "", arm };
    const tell = (what) => navigator.sendBeacon("/_v", new URLSearchParams({ ...visit, what }));
    tell("view");
    for (const link of document.querySelectorAll("a[href]"))
      if (/^(tel:|mailto:|https:\/\/(wa\.me|t\.me|m\.me|viber\.click)\/)/.test(link.getAttribute("href")))
        link.addEventListener("click", () => tell("click"));
  }
})();
