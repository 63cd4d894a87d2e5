// @ts-check
// The demo shop's own script: the quantity, the widget's events, what the server saw, and which hints have been tried.
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

  /**
   * Shows what the server saw of this order, from now on.
   * @param {string | undefined} order
   */
  function watch(order) {
    var area = /** @type {HTMLElement | null} */ (document.querySelector("#seen [data-live]"));
    if (area && order) area.dataset.live = "/orders/" + encodeURIComponent(order) + "/timeline?lang=" + document.documentElement.lang;
  }

  /**
   * The button of an order that is paid leads to the order.
   * @param {import("./widget").Verdict} verdict
   */
  function sell(verdict) {
    var button = document.querySelector('[data-steppay-order="' + CSS.escape(verdict.orderCode) + '"]') || chosen();
    var words = /** @type {HTMLTemplateElement} */ (byId("words")).content.querySelector('[data-sold="' + verdict.verdict + '"]');
    if (!(button instanceof HTMLAnchorElement) || !words) return;
    button.dataset.sold = "";
    delete button.dataset.steppayOrder;
    button.href = "/orders/" + encodeURIComponent(verdict.orderCode) + "?lang=" + document.documentElement.lang;
    button.textContent = words.textContent;
    button.closest(".buy")?.setAttribute("data-sold", "");
  }

  /** After a redirect the page has new orders: the button that stands there is the one that was pressed. */
  function chosen() {
    var mode = /** @type {HTMLInputElement | null} */ (document.querySelector(".modes input:checked"));
    return mode && document.getElementById("pay-" + mode.value);
  }

  EVENTS.forEach(function (name) {
    document.addEventListener(name, function (event) {
      var from = /** @type {HTMLElement} */ (event.target);
      watch(event.detail && "orderCode" in event.detail ? event.detail.orderCode : from.dataset && from.dataset.steppayOrder);
      note(name, event.detail);
    });
  });
  document.addEventListener("steppay:result", function (event) {
    show(event.detail);
    tick(event.detail.verdict);
    sell(event.detail);
  });
  byId("seen").setAttribute("open", "");

  /** @type {HTMLFormElement | null} */
  var form = document.querySelector(".buy");
  form?.addEventListener("change", function (event) {
    if (event.target instanceof HTMLSelectElement) order(/** @type {HTMLFormElement} */ (form));
  });

  /**
   * New orders for this quantity, at the price that is shown then. A page that cannot get them is loaded anew.
   * @param {HTMLFormElement} form
   */
  function order(form) {
    var query = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { query.append(name, String(value)); });
    form.toggleAttribute("data-waiting", true);
    fetch("?" + query)
      .then(function (response) { return response.ok ? response.text() : Promise.reject(response.status); })
      .then(function (html) {
        var fresh = new DOMParser().parseFromString(html, "text/html");
        form.querySelectorAll(".pay").forEach(function (button) {
          button.replaceWith(/** @type {Element} */ (fresh.getElementById(button.id)));
        });
        byId("total").textContent = /** @type {HTMLElement} */ (fresh.getElementById("total")).textContent;
        form.toggleAttribute("data-waiting", false);
      })
      .catch(function () { form.submit(); });
  }
})();
