// @ts-check
// The admin pages work without this script. With it, keys lead to the search and through lists, and the parts marked
// `data-live` stay current: the same page is fetched again and its parts are exchanged, so one place renders them.
(function () {
  "use strict";
  var EVERY = 5000; // ms
  var UNSEEN = 60000; // ms, of a tab that only waits for alarms
  var SHARE = 20; // a refresh may take the server one part in so many
  var button = /** @type {HTMLElement} */ (document.getElementById("live")); // null on pages without live parts
  var notice = /** @type {HTMLElement} */ (document.getElementById("live-notice"));
  var timer = 0;

  keys();

  document.addEventListener("submit", function (event) {
    var form = /** @type {HTMLElement} */ (event.target);
    var dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(form.dataset.ask || ""));
    if (!dialog || !dialog.showModal) return; // the server asks instead
    event.preventDefault();
    dialog.showModal();
  });

  document.querySelectorAll("[data-copy]").forEach(function (one) {
    var copy = /** @type {HTMLElement} */ (one);
    copy.hidden = !navigator.clipboard; // there on secure pages only
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(copy.dataset.copy || "").then(function () {
        copy.textContent = copy.dataset.done || "";
        /** @type {HTMLElement} */ (document.getElementById("copied")).textContent = copy.textContent;
      }).catch(function () { /* refused: the code can be selected */ });
    });
  });

  document.querySelectorAll(".filters [aria-current]").forEach(function (chosen) { // phones show a part of them
    chosen.scrollIntoView({ block: "nearest", inline: "center" });
  });

  if (!button) return;
  notifications();
  button.hidden = false;
  button.addEventListener("click", function () { run(!isOn()); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) refresh(); });
  run(remembered() !== "off");

  /** @param {boolean} on */
  function run(on) {
    button.setAttribute("aria-pressed", String(on));
    try { sessionStorage.setItem("steppay-admin-live", on ? "on" : "off"); } catch (error) { /* storage is off */ }
    clearTimeout(timer);
    if (on) timer = setTimeout(refresh, EVERY);
  }

  function isOn() {
    return button.getAttribute("aria-pressed") === "true";
  }

  function remembered() {
    try { return sessionStorage.getItem("steppay-admin-live"); } catch (error) { return null; }
  }

  function refresh() {
    clearTimeout(timer);
    if ((document.hidden && !notifies()) || !isOn()) return; // visible again, it goes on
    var began = Date.now();
    fetch(location.href, { cache: "no-store", credentials: "same-origin" }).then(function (response) {
      if (response.redirected) location.reload(); // the session is over: the server shows the sign-in page
      else if (!response.ok) showLost(true);
      else return response.text().then(exchange);
    }).catch(function () { showLost(true); }).then(function () {
      clearTimeout(timer);
      var least = document.hidden ? UNSEEN : EVERY;
      if (isOn()) timer = setTimeout(refresh, Math.max(least, SHARE * (Date.now() - began)));
    });
  }

  /** @param {boolean} lost */
  function showLost(lost) {
    button.toggleAttribute("data-lost", lost);
    var text = (lost && notice.dataset.stopped) || "";
    if (notice.textContent !== text) notice.textContent = text;
  }

  /** @param {string} html */
  function exchange(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    showLost(false);
    tell(page);
    if (liveIds(page) !== liveIds(document)) return location.reload(); // such as a first order to review
    document.querySelectorAll("[data-live]").forEach(function (old) {
      var fresh = /** @type {HTMLElement} */ (page.getElementById(old.id)); // the ids are the same
      if (isSame(old, fresh) || isInUse(old)) return;
      keepOpen(old, fresh);
      markNew(old, fresh);
      var left = old.scrollLeft;
      old.replaceWith(document.adoptNode(fresh));
      fresh.scrollLeft = left;
    });
  }

  /** @param {Document} page */
  function liveIds(page) {
    return Array.from(page.querySelectorAll("[data-live]"), function (part) { return part.id; }).join();
  }

  /**
   * Ignores what this script marked as new and what the operator opened.
   * @param {Element} old
   * @param {Element} fresh
   */
  function isSame(old, fresh) {
    var copy = /** @type {Element} */ (old.cloneNode(true));
    copy.querySelectorAll(".fresh").forEach(function (row) { row.removeAttribute("class"); });
    copy.querySelectorAll("details").forEach(function (one) { one.open = false; });
    return copy.innerHTML === fresh.innerHTML;
  }

  /**
   * A part that has the focus or holds selected text stays as it is.
   * @param {Element} part
   */
  function isInUse(part) {
    var selection = getSelection();
    var selected = selection && !selection.isCollapsed && selection.containsNode(part, true);
    return selected || part.contains(document.activeElement);
  }

  /**
   * @param {Element} old
   * @param {Element} fresh
   */
  function keepOpen(old, fresh) {
    var before = old.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach(function (one, index) { one.open = Boolean(before[index]?.open); });
  }

  /**
   * @param {Element} old
   * @param {Element} fresh
   */
  function markNew(old, fresh) {
    var known = new Set(Array.from(old.querySelectorAll("[data-key]"), function (row) { return row.getAttribute("data-key"); }));
    fresh.querySelectorAll("[data-key]").forEach(function (row) {
      if (!known.has(row.getAttribute("data-key"))) row.className = "fresh";
    });
  }

  function notifies() {
    try {
      return Boolean(document.getElementById("notify")) && Notification.permission === "granted" && localStorage.getItem("steppay-admin-notify") === "on";
    } catch (error) { return false; /* no notifications here, or storage is off */ }
  }

  /** The overview's switch. The browser asks the operator, once. */
  function notifications() {
    var toggle = document.getElementById("notify");
    if (!toggle || !("Notification" in window) || !isSecureContext) return;
    var choice = toggle;
    choice.hidden = false;
    choice.setAttribute("aria-pressed", String(notifies()));
    choice.addEventListener("click", function () {
      var on = !notifies();
      Notification.requestPermission().then(function (permission) {
        try { localStorage.setItem("steppay-admin-notify", on && permission === "granted" ? "on" : "off"); } catch (error) { /* storage is off */ }
        choice.setAttribute("aria-pressed", String(notifies()));
        if (permission === "denied") notice.textContent = choice.title = choice.dataset.refused || "";
      });
    });
  }

  /**
   * An alarm that is new, or grew, while the tab is out of sight.
   * @param {Document} page
   */
  function tell(page) {
    if (!document.hidden || !notifies()) return;
    page.querySelectorAll("[data-alarm]").forEach(function (alarm) {
      var known = document.querySelector('[data-alarm="' + alarm.getAttribute("data-alarm") + '"]');
      if (known && Number(alarm.getAttribute("data-count")) <= Number(known.getAttribute("data-count"))) return;
      var title = (alarm.querySelector("b") || alarm).textContent || "";
      try { new Notification(title, { tag: "steppay-admin", body: document.title }); } catch (error) { /* Android: service workers only */ }
    });
  }

  // Single characters, so an operator can switch them off (WCAG 2.1.4): speech input may say them by accident.
  function keys() {
    var shortcuts = document.getElementById("keys");
    var search = /** @type {HTMLInputElement | null} */ (document.getElementById("code"));
    if (!shortcuts || !search) return;
    var field = search, toggle = /** @type {HTMLInputElement} */ (shortcuts.querySelector("input"));
    shortcuts.hidden = false;
    try { toggle.checked = localStorage.getItem("steppay-admin-keys") !== "off"; } catch (error) { /* storage is off */ }
    toggle.addEventListener("change", function () {
      try { localStorage.setItem("steppay-admin-keys", toggle.checked ? "on" : "off"); } catch (error) { /* storage is off */ }
    });
    suggest();
    document.addEventListener("keydown", function (event) {
      var typing = event.target instanceof Element && event.target.matches("input:not([type=checkbox]), textarea, select");
      if (!toggle.checked || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.key === "/") {
        field.focus();
        field.select();
      } else if (event.key === "j" || event.key === "k") {
        move(event.key === "j" ? 1 : -1);
      } else return;
      event.preventDefault();
    });
  }

  /**
   * To the next or the previous line of the page's lists; Enter opens it, as it opens every link.
   * @param {number} step
   */
  function move(step) {
    var links = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(".rows tbody th > a:first-child")));
    var row = document.activeElement && document.activeElement.closest("tr");
    var here = links.findIndex(function (link) { return link.closest("tr") === row; });
    var next = links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
    if (next) next.focus();
  }

  /** The orders that this tab has shown last, below the search field. */
  function suggest() {
    var found = /^\/admin\/orders\/([\w-]+)$/.exec(location.pathname), list = document.getElementById("recent");
    try {
      var recent = JSON.parse(sessionStorage.getItem("steppay-admin-recent") || "[]");
      if (found && document.getElementById("timeline")) recent = [found[1]].concat(recent.filter(function (/** @type {string} */ code) { return found && code !== found[1]; })).slice(0, 8);
      sessionStorage.setItem("steppay-admin-recent", JSON.stringify(recent));
      recent.forEach(function (/** @type {string} */ code) { if (list) list.append(new Option(code, code)); });
    } catch (error) { /* storage is off, or holds something else */ }
  }
})();
