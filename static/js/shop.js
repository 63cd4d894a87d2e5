// @ts-check
// The demo shop's own script: it shows the widget's events, and which of the hints have been tried.
// A real shop would only need "steppay:result", and would still fulfill from its backend.
(function () {
  "use strict";
  /** @type {(keyof import("./widget").StepPayEventMap)[]} */
  var EVENTS = [
    "steppay:open", "steppay:ready", "steppay:blocked", "steppay:return", "steppay:pending", "steppay:result",
    "steppay:close", "steppay:error",
  ];
  tick(document.getElementById("orders") ? "orders" : "");
  if (!document.getElementById("live") || !document.getElementById("verdict")) return;

  /**
   * Marks a hint as tried, and shows those of earlier visits. A browser that stores nothing shows none.
   * @param {string} hint "" for none
   */
  function tick(hint) {
    try {
      if (hint) localStorage.setItem("shop-tried-" + hint, "1");
      document.querySelectorAll("[data-try]").forEach(function (item) {
        var tried = localStorage.getItem("shop-tried-" + /** @type {HTMLElement} */ (item).dataset.try);
        item.toggleAttribute("data-done", tried === "1");
      });
    } catch { /* storage is off */ }
  }

  /** @param {string} id */
  function byId(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }

  /** @param {string} selector */
  function word(selector) {
    var words = /** @type {HTMLTemplateElement} */ (byId("words")).content;
    return /** @type {HTMLElement} */ (words.querySelector(selector));
  }

  /**
   * @param {string} name
   * @param {import("./widget").Verdict | { code: string } | null} detail
   */
  function note(name, detail) {
    var item = document.createElement("li");
    var label = document.createElement("code");
    label.textContent = name;
    item.dataset.event = name.replace("steppay:", "");
    item.append(label);
    if (detail) item.append("verdict" in detail ? " " + detail.verdict + " · " + detail.reason : " " + detail.code);
    var meaning = document.createElement("small");
    meaning.textContent = word('[data-event-word="' + item.dataset.event + '"]').textContent;
    item.append(" ", meaning);
    byId("live").append(item);
  }

  /** @param {import("./widget").Verdict} verdict */
  function show(verdict) {
    var card = byId("verdict");
    card.hidden = false;
    card.dataset.verdict = verdict.verdict;
    card.dataset.reason = verdict.reason;
    var kind = word('[data-word="' + verdict.verdict + '"]');
    card.dataset.tone = kind.dataset.tone;
    var code = document.createElement("code");
    code.textContent = verdict.verdict;
    byId("verdict-name").replaceChildren(kind.textContent + " ", code);
    byId("verdict-message").textContent = verdict.message || "";
    // A detail may also carry the session, which is no data.
    byId("verdict-json").textContent = JSON.stringify({ ...verdict, session: undefined }, null, 2);
  }

  EVENTS.forEach(function (name) {
    document.addEventListener(name, function (event) {
      note(name, event.detail);
    });
  });
  document.addEventListener("steppay:result", function (event) {
    show(event.detail);
    tick(event.detail.verdict);
  });
})();
