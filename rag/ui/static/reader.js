// Citations in the browser: a box at the mark under the pointer or in focus, and the cited article in a pane beside.
// Whatever is shown comes from our own escaped pages, as nodes: nothing here makes HTML of text.
"use strict";

(() => {
  const LINKS = "a.mark, a.read";
  const HOVER_MS = 150; // before the box shows
  const GRACE_MS = 250; // for the way from the mark into the box
  const PATIENCE_MS = 20000; // with the server
  const FAILED = "The article could not be loaded. Check that Crosscheck is still running, and try again.";
  const narrow = window.matchMedia("(max-width: 59.99rem)");

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // The box

  const peek = make("div", { id: "peek", role: "tooltip", hidden: "" });
  let peeked = null; // the mark that the box belongs to
  let title = null; // of that mark, so that the browser shows no box of its own
  let timer = 0;
  const gone = new MutationObserver(() => peeked.isConnected || unpeek());

  function said(mark) {
    const name = [...mark.classList].find((one) => /^e-\w+-\d+$/.test(one));
    const card = name && document.getElementById(`evidence-${name.slice(2)}`);
    const words = card && card.querySelector("blockquote mark");
    if (!words) return mark.title ? [make("p", { dir: "auto" }, mark.title)] : [];
    const lines = [...card.querySelectorAll(".dateline, .told")].map((line) => line.cloneNode(true));
    return [...lines, make("blockquote", { dir: "auto" }, words.textContent)];
  }

  function show(mark) {
    if (peeked === mark || !mark.isConnected) return;
    unpeek();
    const parts = said(mark);
    if (!parts.length) return;
    peeked = mark;
    title = mark.getAttribute("title");
    mark.removeAttribute("title");
    mark.setAttribute("aria-describedby", peek.id);
    peek.replaceChildren(...parts);
    peek.hidden = false;
    peek.scrollTop = 0;
    put();
    gone.observe(document.body, { childList: true, subtree: true });
  }

  function unpeek() {
    clearTimeout(timer);
    if (!peeked) return;
    gone.disconnect();
    if (title !== null) peeked.setAttribute("title", title);
    peeked.removeAttribute("aria-describedby");
    peeked = null;
    peek.hidden = true;
  }

  // Above the mark where there is room, else below; never out of the window.
  function put() {
    const mark = peeked.getClientRects()[0];
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    if (!mark || mark.bottom < 0 || mark.top > height) return unpeek();
    const box = peek.getBoundingClientRect();
    const above = mark.top - box.height - 6;
    const below = Math.min(mark.bottom + 6, height - box.height - 8);
    const left = Math.min(mark.left - 16, width - box.width - 8);
    peek.style.top = `${Math.max(8, above >= 8 ? above : below)}px`;
    peek.style.left = `${Math.max(8, left)}px`;
  }

  function later(what, delay) {
    clearTimeout(timer);
    timer = setTimeout(what, delay);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const mark = event.target.closest("a.mark");
    if (mark) return mark === peeked ? clearTimeout(timer) : later(() => show(mark), HOVER_MS);
    if (event.target.closest("#peek")) return clearTimeout(timer);
    if (peeked && peeked === document.activeElement && peeked.matches(":focus-visible")) return clearTimeout(timer);
    if (peeked) later(unpeek, GRACE_MS);
    else clearTimeout(timer);
  });
  document.documentElement.addEventListener("pointerleave", () => peeked && later(unpeek, GRACE_MS));
  document.addEventListener("focusin", (event) => {
    const mark = event.target.closest("a.mark");
    if (mark && mark !== restored && mark.matches(":focus-visible")) show(mark);
    else if (!event.target.closest("#peek")) unpeek();
  });
  document.addEventListener("focusout", (event) => event.target === peeked && !peek.matches(":hover") && unpeek());
  document.addEventListener("scroll", (event) => peeked && event.target !== peek && put(), { capture: true, passive: true });

  // The pane

  const state = make("p", { class: "state", role: "status" });
  const scroller = make("div", { class: "scroller", role: "region", "aria-label": "Text of the article", tabindex: "0" });
  const apart = make("a", { target: "_blank", rel: "noopener" }, "Open in a new tab");
  const shut = make("button", { type: "button" }, "Close");
  const pane = make("aside", { id: "reader", "aria-label": "Article", hidden: "", tabindex: "-1" });
  pane.append(make("div", { class: "bar" }, apart, shut), state, scroller);
  let opener = null; // the link whose article is shown
  let restored = null; // the link that has just got the focus back: no box for that
  let loading = null; // ends the request under way
  let covered = []; // what cannot be used while the pane is over it
  let stepped = false; // the browser's Back closes the sheet

  // The article that a link leads to; null where it leads elsewhere.
  function address(link) {
    const there = new URL(link.href, document.baseURI);
    const ours = new URL("read/", document.baseURI);
    return there.origin === ours.origin && there.pathname.startsWith(ours.pathname) ? there : null;
  }

  // As a sheet it is all there is; beside the conversation it leaves that in use, and covers only the evidence.
  function fit() {
    const evidence = document.getElementById("evidence");
    const { left, width } = evidence?.getBoundingClientRect() ?? {};
    if (width) pane.style.setProperty("--beside", `${document.documentElement.clientWidth - left}px`);
    else pane.style.removeProperty("--beside");
    const hides = !pane.hidden && width && pane.getBoundingClientRect().left <= Math.ceil(left);
    const modal = narrow.matches && !pane.hidden;
    pane.setAttribute("role", modal ? "dialog" : "complementary");
    if (modal) pane.setAttribute("aria-modal", "true");
    else pane.removeAttribute("aria-modal");
    for (const other of covered) other.inert = false;
    const beneath = modal ? [...document.body.children] : hides ? [evidence] : [];
    covered = beneath.filter((other) => other !== pane && !other.inert);
    for (const other of covered) other.inert = true;
  }

  async function open(link, there) {
    unpeek();
    if (!pane.contains(link)) {
      opener?.classList.remove("lit");
      opener = link;
      link.classList.add("lit");
    }
    loading?.abort();
    const mine = (loading = new AbortController());
    const impatient = setTimeout(() => mine.abort(), PATIENCE_MS);
    apart.href = there.href;
    state.textContent = "Loading the article …";
    scroller.replaceChildren();
    const fresh = pane.hidden;
    pane.hidden = false;
    fit();
    if (fresh && narrow.matches) {
      history.pushState(null, "");
      stepped = true;
    }
    pane.focus({ preventScroll: true });
    let found = null;
    try {
      const reply = await fetch(there, { signal: mine.signal });
      const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
      found = parsed.querySelector("main#article");
    } catch {
      // said below
    }
    clearTimeout(impatient);
    if (loading !== mine) return; // another article was asked for, or the pane was closed
    loading = null;
    state.textContent = found ? "" : FAILED;
    if (!found) return;
    for (const one of found.querySelectorAll("a.read")) one.href = new URL(one.getAttribute("href"), there).href;
    fill(document.importNode(found, true));
  }

  function fill(main) {
    scroller.replaceChildren(make("div", { class: "reading" }, ...main.childNodes));
    for (const deed of scroller.querySelectorAll(".deed")) deed.hidden = false;
    const quote = scroller.querySelector("#quote");
    if (!quote) scroller.scrollTop = 0;
    else {
      const words = quote.getBoundingClientRect();
      const top = scroller.querySelector("header").getBoundingClientRect().bottom; // below the title, which stays
      const room = scroller.getBoundingClientRect().bottom - top;
      scroller.scrollTop += words.top - top - Math.max(8, (room - words.height) / 2);
    }
    const here = document.activeElement;
    if (here === document.body || pane.contains(here)) (quote ?? scroller).focus({ preventScroll: true });
  }

  function close() {
    if (pane.hidden) return;
    loading?.abort();
    loading = null;
    const held = pane.contains(document.activeElement) || document.activeElement === document.body;
    pane.hidden = true;
    scroller.replaceChildren();
    fit();
    opener.classList.remove("lit");
    // The link may have been drawn anew meanwhile.
    const same = (link) => link.id === opener.id && link.getAttribute("href") === opener.getAttribute("href");
    restored = opener.isConnected ? opener : [...document.querySelectorAll(LINKS)].find(same);
    if (held) restored?.focus({ preventScroll: !narrow.matches });
    opener = restored = null;
    if (stepped) history.back();
    stepped = false;
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest(LINKS);
    const there = link && address(link);
    if (there) {
      event.preventDefault();
      open(link, there);
    } else if (narrow.matches && event.target.closest("#reader a.do")) close(); // what it does is seen behind the sheet
  });
  shut.addEventListener("click", close);
  window.addEventListener("popstate", () => {
    stepped = false;
    close();
  });
  window.addEventListener("resize", () => {
    if (peeked) put();
    fit();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.isComposing || (!peeked && pane.hidden)) return;
      event.preventDefault();
      event.stopPropagation();
      if (peeked) unpeek();
      else close();
    },
    true,
  );

  document.body.append(peek, pane);
})();
