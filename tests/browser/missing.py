"""What the built widget asks of a browser, found by machine, and a browser that lacks one of it.

A free name in static/js/widget.js that is a member of `window` counts as used. Of members of interfaces, which share
their names with hundreds of others, those count that the running widget has touched.
"""

from __future__ import annotations

import json
import re

from tests.browser.engines import Page
from widget_server.web.assets import static_dir

_WIDGET = (static_dir() / "js/widget.js").read_text("utf-8")
_NAMES = sorted(set(re.findall(r"[A-Za-z_$][\w$]*", _WIDGET)))
_FREE = set(re.findall(r"(?<![\w$.])([A-Za-z_$][\w$]*)(?![\w$]*:)|\b(?:window|self|top|globalThis)\.(\w+)", _WIDGET))
_GLOBALS = sorted({name for pair in _FREE for name in pair if name})

# Wraps every member with one of the names, and notes the ones that the widget's own code reaches.
OBSERVER = """
(() => {
  const NAMES = %s;
  const NAMES_OF_WINDOW = %s;
  const touched = (window.touched = new Set(NAMES_OF_WINDOW.filter((name) => name in window)));
  const byWidget = () => {
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 6;
    const { stack } = new Error();
    Error.stackTraceLimit = depth;
    return stack.split('\\n').slice(4).some((line) => line.includes('/v1/widget'));
  };
  const note = (path) => touched.has(path) || (byWidget() && touched.add(path));
  const wrap = (act, path) =>
    function (...given) {
      note(path);
      return new.target ? Reflect.construct(act, given, new.target) : Reflect.apply(act, this, given);
    };
  const observe = (owner, name, path) => {
    const found = Object.getOwnPropertyDescriptor(owner, name);
    if (!found || !found.configurable) return;
    if (typeof found.value === 'function' && found.value.prototype) return void touched.add(path); // a constructor
    for (const kind of ['value', 'get', 'set'])
      if (typeof found[kind] === 'function') found[kind] = Object.assign(wrap(found[kind], path), found[kind]);
    Object.defineProperty(owner, name, found);
  };
  const own = Object.getOwnPropertyNames(window);
  for (const [root, value] of own.map((root) => [root, Object.getOwnPropertyDescriptor(window, root).value])) {
    if (!value || !/^[A-Z]/.test(root) || /^(Error|Reflect|Function|Object|Array|Set|String)$/.test(root)) continue;
    for (const name of NAMES) {
      if (name === 'constructor' || name === 'prototype' || name === 'name' || name === 'length') continue;
      if (value.prototype) observe(value.prototype, name, `${root}.prototype.${name}`);
      observe(value, name, `${root}.${name}`);
    }
  }
})();
""" % (json.dumps(_NAMES), json.dumps(_GLOBALS))  # noqa: UP031 - the script is full of braces

# `?without=path.to.member&how=missing|throws`: this document has never had it, or breaks at it. When the page has heard
# a result it asks its server for `/heard/<verdict>`, and presses its button; with `&press=now` it waits for no result.
REMOVER = """
(() => {
  const wish = /[?&]without=([\\w.]+)&how=(\\w+)/.exec(location.href);
  if (!wish) return;
  const { apply } = Reflect;
  const { querySelector } = Document.prototype;
  const { click } = HTMLElement.prototype;
  const { set: load } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
  const later = setTimeout;
  const image = new Image();
  let heard = /&press=now/.test(location.href);
  let parsed = false;
  const press = () => heard && parsed && later(() => apply(click, apply(querySelector, document, ['#pay']), []));
  addEventListener('DOMContentLoaded', () => {
    parsed = true;
    press();
  });
  addEventListener('steppay:result', ({ detail }) => {
    if (heard) return;
    heard = true;
    apply(load, image, ['/heard/' + detail.verdict]);
    press();
  });
  const path = wish[1].split('.');
  const name = path.pop();
  const owner = path.reduce((value, part) => value[part], window);
  const found = Object.getOwnPropertyDescriptor(owner, name);
  const breaks = () => {
    throw new TypeError(wish[1] + ' is broken');
  };
  const missing = wish[2] === 'missing';
  const value = missing ? undefined : function () { breaks(); };
  delete owner[name];
  if (missing ? name in owner : 'value' in found)
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  else if (!missing) Object.defineProperty(owner, name, { get: breaks, set: breaks, configurable: true });
})();
"""


# JavaScript itself, older than the widget's syntax; and what cannot be taken from a window.
LANGUAGE = {"Date", "JSON", "Math", "Object", "Promise", "RegExp", "Set", "Symbol", "encodeURIComponent", "globalThis"}
FIXED = {"document", "location", "top", "window"}


def observed(page: Page) -> set[str]:
    """What this document's widget has used so far."""
    found: list[str] = page.js("return [...window.touched]")
    return {api for api in found if api.partition(".")[0] not in LANGUAGE | FIXED}


def is_called(page: Page, api: str) -> bool:
    """Whether it is a function or a member of the window: what a page may break. Others can only be missing."""
    owner, _, name = api.rpartition(".")
    return not owner or page.js(
        f"return '{name}' in {owner} && 'value' in Object.getOwnPropertyDescriptor({owner}, '{name}')"
    )
