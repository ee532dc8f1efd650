// Keeps the parts marked data-live fresh, searches while one types, and adds the keyboard. The pages work without it.
"use strict";

const EVERY = 1000;
const news = document.getElementById("news");
const alive = document.getElementById("alive");
const search = document.getElementById("search");
let known = null;
let timer = null;
let turn = 0;

async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  try {
    const headers = known ? {"If-None-Match": known} : {};
    const answer = await fetch(location.href, {headers, cache: "no-store"});
    if (mine !== turn) return;
    if (answer.status === 200) {
      const text = await answer.text();
      if (mine !== turn) return;
      replace(new DOMParser().parseFromString(text, "text/html"));
      known = answer.headers.get("ETag");
    }
    say(answer.status === 404 ? "deleted" : "", answer.status === 404);
  } catch {
    if (mine === turn) say("The sandbox does not answer", true);
  }
  if (mine === turn) timer = setTimeout(refresh, EVERY);
}

function replace(fresh) {
  document.title = fresh.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === part.innerHTML) continue;
    const before = new Set([...part.querySelectorAll("li[id]")].map((row) => row.id));
    const focused = part.contains(document.activeElement) && document.activeElement.closest("li[id]")?.id;
    part.replaceChildren(...next.childNodes);
    const arrived = [...part.querySelectorAll("li[id]")].filter((row) => !before.has(row.id));
    if (known && !changing) announce(arrived);
    if (focused) document.getElementById(focused)?.querySelector("a")?.focus({preventScroll: true});
  }
  changing = false;
}

function announce(arrived) {
  if (!arrived.length || new URL(location.href).searchParams.has("older_than")) return;
  for (const row of arrived) row.classList.add("new");
  const first = arrived[0];
  const words = `${first.querySelector(".subject").textContent}, to ${first.querySelector(".to").textContent}`;
  news.textContent = arrived.length === 1 ? `New message: ${words}` : `${arrived.length} new messages, the last: ${words}`;
}

function say(words, lost) {
  if (alive.textContent !== words) alive.textContent = words;
  alive.classList.toggle("lost", lost);
}

// A search changes what is listed in place; its address is kept, so that it can be sent to a colleague.
let changing = false;
function searched() {
  const given = [...new FormData(search)].filter(([, value]) => value);
  history.replaceState(null, "", given.length ? `/?${new URLSearchParams(given)}` : "/");
  known = null;
  changing = true;
  refresh().then(() => {
    const count = document.querySelector(".count");
    if (count) news.textContent = count.textContent;
  });
}

function step(by) {
  const rows = [...document.querySelectorAll(".entries .subject")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
  next.focus();
  next.closest("li").scrollIntoView({block: "nearest"});
  return true;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.matches("input, select, textarea");
  if (isTyping) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "ArrowDown" && event.target.type === "search" && step(1)) event.preventDefault();
    return;
  }
  const isOnRow = event.target.matches(".entries .subject");
  if (event.key === "/") searchFor();
  else if (event.key === "j" || (event.key === "ArrowDown" && isOnRow)) step(1) || follow("j");
  else if (event.key === "k" || (event.key === "ArrowUp" && isOnRow)) step(-1) || follow("k");
  else if (event.key === "u") follow("u");
  else return;
  event.preventDefault();
}

// Where there is no search, on the page of a message, the list has one.
function searchFor() {
  if (search) search.elements.q.select();
  else location.href = `${document.querySelector('[data-key="u"]')?.getAttribute("href") ?? "/"}#find`;
}

function follow(key) {
  document.querySelector(`[data-key="${key}"]`)?.click();
}

document.documentElement.classList.add("scripted");
document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
if (search) {
  let typed = null;
  const soon = () => {
    clearTimeout(typed);
    typed = setTimeout(searched, 200);
  };
  search.addEventListener("input", soon);
  search.addEventListener("change", soon);
  if (location.hash === "#find") search.elements.q.select();
}
if (document.querySelector("[data-live]")) refresh();
