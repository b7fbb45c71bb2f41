// Swaps what the server says is new, and shows times in the reader's own zone.
// Without it every page works; it must be loaded again to be up to date.
"use strict";

const served = new Map();
const parts = (root) => root.querySelectorAll("[data-live]");
for (const part of parts(document)) served.set(part.id, part.outerHTML);

function remember(part) {
  const open = [...part.querySelectorAll("details[id]")];
  const typed = [...part.querySelectorAll("input[id], select[id]")];
  return {
    open: open.map((one) => [one.id, one.open]),
    typed: typed.map((one) => [one.id, one.value, one.checked]),
    focus: part.contains(document.activeElement) ? place(document.activeElement) : null,
  };
}

// A summary or button has no id of its own: it is found again by where it stands.
function place(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const holder = element.closest("[id]");
  if (!holder) return null;
  const form = element.closest("form");
  const name = element.localName;
  if (form && holder.contains(form)) return `form[action="${form.getAttribute("action")}"] ${name}`;
  return `#${CSS.escape(holder.id)} > ${name}`;
}

function restore(part, kept) {
  for (const [id, open] of kept.open) {
    const found = document.getElementById(id);
    if (found && part.contains(found)) found.open = open;
  }
  for (const [id, value, checked] of kept.typed) {
    const found = document.getElementById(id);
    if (!found || !part.contains(found)) continue;
    if (found.type === "radio") found.checked = checked;
    else if (found.localName !== "select" || [...found.options].some((one) => one.value === value)) found.value = value;
  }
  if (kept.focus) (part.querySelector(kept.focus) || part.closest("main"))?.focus({ preventScroll: true });
}

async function renew() {
  const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  let swapped = 0;
  for (const old of parts(document)) {
    const next = fresh.getElementById(old.id);
    if (!next || served.get(old.id) === next.outerHTML) continue;
    served.set(old.id, next.outerHTML);
    const kept = remember(old);
    const put = document.importNode(next, true);
    old.replaceWith(put);
    restore(put, kept);
    swapped += 1;
  }
  document.getElementById("favicon").href = fresh.getElementById("favicon").getAttribute("href");
  if (document.title !== fresh.title) {
    document.title = fresh.title;
    document.getElementById("news").textContent = fresh.title;
  }
  if (swapped) zones();
}

let stream = null;
function listen() {
  if (document.hidden || stream) return;
  let known = document.body.dataset.stamp;
  stream = new EventSource("/live");
  stream.onmessage = (event) => {
    if (event.data === known) return;
    known = document.body.dataset.stamp = event.data;
    renew();
  };
}
// A hidden page gives its connection back: browsers keep only six to one server.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return listen();
  stream?.close();
  stream = null;
});
listen();

const button = document.getElementById("zone");
let local = false;
function zones() {
  for (const time of document.querySelectorAll("time.exact")) {
    time.dataset.utc ??= time.textContent;
    const at = new Date(time.dateTime);
    const own = new Date(at - at.getTimezoneOffset() * 60000).toISOString();
    time.textContent = local ? own.slice(0, 16).replace("T", " ") : time.dataset.utc;
  }
  if (button) button.textContent = local ? "Show UTC" : "Show local time";
}
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    local = !local;
    zones();
  });
  zones();
}
for (const closing of ["keydown", "click"]) {
  document.addEventListener(closing, (event) => {
    for (const one of document.querySelectorAll("details.act[open]")) {
      const away = closing === "click" ? !one.contains(event.target) : event.key === "Escape";
      if (!away) continue;
      one.open = false;
      if (closing === "keydown") one.querySelector("summary").focus();
    }
  });
}
