// Conversations that this browser keeps: listed, opened again, renamed, removed, copied, exported. Each has a place of its
// own in the browser's storage, so two windows do not overwrite each other's.
"use strict";

const PLACE = "crosscheck.talk.";
const MOST = 50; // conversations kept; the oldest go first
let current = null; // the name of the one that is shown
let seen = null; // that conversation as this window last knew it
const apart = new Map(); // by their names on the server, those that two windows went on with: their names here

// Where the browser keeps nothing, conversations last as long as the window.
class Memory {
  getItem(name) {
    return this[name] ?? null;
  }
  setItem(name, text) {
    this[name] = text;
  }
  removeItem(name) {
    delete this[name];
  }
}

const storage = (() => {
  try {
    return window.localStorage ?? new Memory();
  } catch {
    return new Memory();
  }
})();

const talks = {
  get(name) {
    const text = storage.getItem(PLACE + name);
    if (text === null) return null;
    try {
      const talk = JSON.parse(text);
      if (talk.exchanges.every((one) => typeof one.question === "string" && typeof one.markdown === "string")) {
        return { ...talk, name, title: String(talk.title), changed: Number(talk.changed) || 0 };
      }
    } catch {
      // told below
    }
    return { name, title: "A conversation that cannot be read", changed: 0, damaged: true };
  },
  all() {
    const names = Object.keys(storage).filter((key) => key.startsWith(PLACE));
    const found = names.map((key) => talks.get(key.slice(PLACE.length)));
    return found.sort((one, other) => other.changed - one.changed);
  },
  put(talk) {
    const others = talks.all().filter((one) => one.name !== talk.name);
    for (const old of others.slice(MOST - 1)) talks.remove(old.name);
    for (;;) {
      try {
        storage.setItem(PLACE + talk.name, JSON.stringify(talk));
        return true;
      } catch {
        const oldest = talks.all().filter((one) => one.name !== talk.name).pop();
        if (!oldest) return false; // nothing is left to make room, or nothing may be kept at all
        talks.remove(oldest.name);
      }
    }
  },
  remove(name) {
    storage.removeItem(PLACE + name);
  },
};

// The newest exchange comes from the server once its answer is finished, and takes its turn's place among the others.
function keep(sent) {
  let name = apart.get(sent.name) || sent.name;
  let talk = talks.get(name) || { name, title: "", exchanges: [], dropped: 0 };
  if (seen?.name === name && talk.changed && talk.changed !== seen.changed) {
    name = `${sent.name}-${Date.now()}`; // another window went on with it: what is said here goes on apart
    apart.set(sent.name, name);
    talk = { ...seen, name };
  }
  if (talk.damaged) return;
  const named = talk.title !== titleOf(talk); // by the reader
  talk.exchanges = talk.exchanges.slice(sent.dropped - talk.dropped).slice(0, sent.turn - 1);
  if (talk.exchanges.length !== sent.turn - 1) return; // its beginning is gone from this browser
  talk.exchanges.push({ ...sent.exchange, markdown: sent.markdown });
  talk.dropped = sent.dropped;
  talk.filters = sent.filters;
  if (!named && !talk.dropped) talk.title = titleOf(talk);
  talk.changed = Date.now();
  talks.put(talk);
  current = name;
  seen = structuredClone(talk);
  list();
}

function titleOf(talk) {
  return talk.exchanges.length ? talk.exchanges[0].question.slice(0, 80) : "";
}

function open(name) {
  const talk = talks.get(name);
  if (!talk) return;
  current = talk.damaged ? null : name;
  seen = talk;
  showView("conversation");
  const exchanges = talk.damaged ? null : talk.exchanges.map(({ markdown, ...exchange }) => exchange); // the server says it
  sendOrder("chat", { do: "open", record: { name, exchanges, dropped: talk.dropped, filters: talk.filters } });
  list();
}

// The list

function button(label, name, press, kind = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = label;
  if (name !== label) made.setAttribute("aria-label", name);
  made.title = name;
  made.addEventListener("click", press);
  return made;
}

function entry(talk) {
  const item = document.createElement("li");
  const shown = button(talk.title, talk.title, () => open(talk.name), "talk");
  shown.dir = "auto";
  if (talk.name === current) shown.setAttribute("aria-current", "true");
  item.append(shown);
  if (!talk.damaged) item.append(button("✎", `Rename “${talk.title}”`, () => renaming(item, talk), "tool"));
  item.append(button("✕", `Remove “${talk.title}”`, () => removing(item, talk), "tool"));
  return item;
}

function renaming(item, talk) {
  const box = document.createElement("input");
  box.value = talk.title;
  box.setAttribute("aria-label", "Name of the conversation");
  const done = (kept) => {
    const now = talks.get(talk.name);
    if (kept && now && box.value.trim()) talks.put({ ...now, title: box.value.trim().slice(0, 80) });
    list(talk.name);
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // what has the focus next would be pressed by the same key
    done(event.key === "Enter");
  });
  item.replaceChildren(box, button("Save", "Save the name", () => done(true), "tool"));
  box.focus();
  box.select();
}

function removing(item, talk) {
  const question = document.createElement("span");
  question.textContent = "Remove it?";
  const yes = button("Remove", `Remove “${talk.title}” for good`, () => {
    talks.remove(talk.name);
    if (current === talk.name) document.getElementById("anew").click();
    list();
    document.getElementById("anew").focus();
  }, "tool");
  item.replaceChildren(question, yes, button("Keep", "Keep the conversation", () => list(talk.name), "tool"));
  yes.focus();
}

const wide = window.matchMedia("(min-width: 80rem)"); // there the list has a column of its own
wide.addEventListener("change", () => list());

function list(focused) {
  const nav = document.getElementById("kept");
  if (!nav) return;
  if (wide.matches) document.getElementById("kept-fold").open = true;
  nav.setAttribute("aria-label", "Conversations kept in this browser");
  const items = document.createElement("ul");
  items.append(...talks.all().map(entry));
  const tools = document.createElement("p");
  tools.className = "tools";
  if (current && exchangeOf(0)) {
    tools.append(
      button("Copy", "Copy this conversation as Markdown", (event) => copy(inMarkdown(talks.get(current)), event.target), "tool"),
      button("Markdown", "Export this conversation as Markdown", () => save("md", "text/markdown", inMarkdown), "tool"),
      button("JSON", "Export this conversation as JSON", () => save("json", "application/json", inJson), "tool"),
    );
  }
  nav.replaceChildren(items, tools);
  if (focused) [...nav.querySelectorAll("button.talk")][talks.all().findIndex((one) => one.name === focused)]?.focus();
}

// Copies and exports, with the citations in them

function inMarkdown(talk) {
  return talk.exchanges.map((exchange) => exchange.markdown).join("\n\n") + "\n";
}

function inJson(talk) {
  return JSON.stringify(talk, null, 2) + "\n";
}

function save(ending, type, written) {
  const talk = talks.get(current);
  if (!talk?.exchanges) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([written(talk)], { type: `${type};charset=utf-8` }));
  link.download = `${talk.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "conversation"}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function copy(text, pressed) {
  const label = pressed.textContent;
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  } catch {
    pressed.textContent = "Not copied: the browser does not allow it";
  }
  setTimeout(() => (pressed.textContent = label), 2000);
}

// eslint-disable-next-line no-unused-vars -- talk.js asks for them
function exchangeOf(turn) {
  return talks.get(current)?.exchanges?.[turn];
}

function received() {
  const carried = document.querySelector("#record pre");
  if (!carried || carried.dataset.read) return;
  carried.dataset.read = "yes";
  keep(JSON.parse(carried.textContent));
}

// What the server sends is carried by a part of the page that nobody sees; the list has its place once the page is drawn.
new MutationObserver(() => {
  received();
  const nav = document.getElementById("kept");
  if (nav && !nav.firstChild) list();
}).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

document.addEventListener("click", (event) => {
  if (!event.target.closest("#anew")) return;
  current = null;
  list();
});
window.addEventListener("storage", (event) => event.key?.startsWith(PLACE) && list()); // another window kept something
