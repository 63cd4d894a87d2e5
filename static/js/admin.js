// The operator's pages work without this. With it, `/` goes to the search, and what is marked `data-live` stays new:
// the same page is fetched again and its parts are exchanged, so there is one place that writes them.
(function () {
  "use strict";
  var EVERY = 5000; // ms
  var button = document.getElementById("live");
  var said = document.getElementById("said");
  var timer = 0;

  document.addEventListener("keydown", function (event) {
    var search = document.getElementById("code");
    var typing = /^(input|textarea|select)$/i.test(event.target.tagName);
    if (!search || typing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", function () { run(button.getAttribute("aria-pressed") !== "true"); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) refresh(); });
  run(remembered() !== "off");

  function run(on) {
    button.setAttribute("aria-pressed", String(on));
    try { sessionStorage.setItem("steppay-admin-live", on ? "on" : "off"); } catch (error) { /* storage is off */ }
    clearInterval(timer);
    if (on) timer = setInterval(refresh, EVERY);
  }

  function remembered() {
    try { return sessionStorage.getItem("steppay-admin-live"); } catch (error) { return null; }
  }

  function refresh() {
    if (document.hidden || button.getAttribute("aria-pressed") !== "true") return;
    fetch(location.href, { cache: "no-store", credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected) location.reload(); // the session is over: the server shows where to sign in
      else if (!answer.ok) lost(true);
      else return answer.text().then(exchange);
    }).catch(function () { lost(true); });
  }

  function lost(yes) {
    button.toggleAttribute("data-lost", yes);
    var text = yes ? said.dataset.stopped : "";
    if (said.textContent !== text) said.textContent = text;
  }

  function exchange(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    lost(false);
    if (parts(page) !== parts(document)) return location.reload(); // such as a first order to review
    document.querySelectorAll("[data-live]").forEach(function (old) {
      var fresh = page.getElementById(old.id);
      if (same(old, fresh) || inUse(old)) return;
      keepOpen(old, fresh);
      markNew(old, fresh);
      old.replaceWith(document.adoptNode(fresh));
    });
  }

  function parts(page) {
    return Array.from(page.querySelectorAll("[data-live]"), function (part) { return part.id; }).join();
  }

  // What was marked new or opened here is no difference of the server's.
  function same(old, fresh) {
    var copy = old.cloneNode(true);
    copy.querySelectorAll(".fresh").forEach(function (row) { row.removeAttribute("class"); });
    copy.querySelectorAll("details").forEach(function (one) { one.open = false; });
    return copy.innerHTML === fresh.innerHTML;
  }

  // Whoever has the focus in a part, or selects text in it, keeps it as it is.
  function inUse(part) {
    var selection = getSelection();
    return part.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(part, true));
  }

  function keepOpen(old, fresh) {
    var before = old.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach(function (one, index) { one.open = before[index] ? before[index].open : false; });
  }

  function markNew(old, fresh) {
    var known = new Set(Array.from(old.querySelectorAll("[data-key]"), function (row) { return row.dataset.key; }));
    fresh.querySelectorAll("[data-key]").forEach(function (row) {
      if (!known.has(row.dataset.key)) row.className = "fresh";
    });
  }
})();
