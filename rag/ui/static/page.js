// What the page does in the browser beyond Gradio: cards lead back to their marks, a question can be asked again or
// differently, and the reader stays with the answer.
"use strict";

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let questions = 0; // in the conversation
let following = false; // the newest question is kept at the top until the reader scrolls

// A card's number shows its mark: in view, in focus, lit.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.back");
  if (!link) return;
  const target = document.getElementById(link.getAttribute("href").slice(1));
  if (!target) return;
  event.preventDefault();
  following = false;
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  target.classList.add("lit");
  target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
});

// Ask and Stop take each other's place, and an example goes away: the question box takes the focus that they would lose.
document.addEventListener("click", (event) => {
  if (!event.target.closest("#ask-button, #stop-button, #anew, #chat .example, #chat .option")) return;
  if (window.matchMedia("(pointer: fine)").matches) document.querySelector("#question textarea").focus();
});

// Asking again, differently, elsewhere

function turnOf(element) {
  const messages = [...document.querySelectorAll("#chat .question, #chat .answer, #chat .trouble, #chat .working")];
  const message = element.closest(".question, .answer, .trouble, .working");
  return messages.slice(0, messages.indexOf(message) + 1).filter((one) => one.matches(".question")).length;
}

function busy() {
  return document.querySelector("#stop-button")?.offsetParent != null;
}

function editing(question, turn) {
  const asked = exchangeOf(turn - 1)?.question ?? question.querySelector("[dir]").textContent;
  const form = document.createElement("div");
  form.className = "editing";
  const box = document.createElement("textarea");
  box.value = asked;
  box.rows = Math.min(6, 1 + Math.floor(asked.length / 60));
  box.setAttribute("aria-label", "Ask this differently");
  const close = () => {
    form.remove();
    question.hidden = false;
    question.querySelector(".edit")?.focus();
  };
  const send = () => {
    if (!box.value.trim() || busy()) return;
    close();
    sendOrder("chat", { do: "edit", turn, question: box.value });
    following = true;
    document.querySelector("#question textarea").focus();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
    if (event.key === "Escape") close();
  });
  form.append(box, button("Ask", "Ask this, and drop what followed", send, "tool"), button("Cancel", "Cancel", close, "tool"));
  question.hidden = true;
  question.after(form);
  box.focus();
}

document.addEventListener("click", (event) => {
  const tool = event.target.closest("#chat .tool");
  if (!tool) return;
  event.preventDefault();
  const turn = turnOf(tool);
  if (tool.matches(".copy")) {
    const exchange = exchangeOf(turn - 1);
    if (exchange) copy(exchange.markdown, tool);
  } else if (tool.matches(".topic")) {
    const view = tool.getAttribute("href").slice(1);
    showView(view);
    afterwards(`#${view}-topic :is(input, textarea)`, (box) => {
      box.value = tool.title;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      document.getElementById(`${view}-go`).click();
    });
  } else if (!busy() && tool.matches(".edit")) {
    editing(tool.closest(".question"), turn);
  } else if (!busy() && tool.matches(".retry")) {
    sendOrder("chat", { do: "retry", turn });
    following = true;
    document.querySelector("#question textarea").focus();
  }
});

// Once Gradio has drawn it.
function afterwards(selector, act, tries = 60) {
  const found = document.querySelector(selector);
  if (found && found.offsetParent) act(found);
  else if (tries) requestAnimationFrame(() => afterwards(selector, act, tries - 1));
}

// The reader stays with the newest question

const beside = window.matchMedia("(min-width: 60rem)"); // there the talk has a scroll of its own

// Below the newest question there is room for an answer at once, so nothing moves when it comes.
function makeRoom(question) {
  const all = document.querySelector("#chat .message-wrap");
  if (!all) return;
  const below = ["limits", "ask"].reduce((sum, name) => sum + document.getElementById(name).offsetHeight, 48); // and what is between
  const seen = beside.matches ? all.parentElement.clientHeight : innerHeight - below;
  const above = question ? question.getBoundingClientRect().top - all.getBoundingClientRect().top : 0;
  all.style.justifyContent = "flex-start"; // Gradio spreads the messages over it
  all.style.minHeight = question ? `${Math.ceil(above + seen) + 1}px` : "";
}

function follow() {
  const asked = document.querySelectorAll("#chat .question");
  if (asked.length !== questions) makeRoom(asked[asked.length - 1]);
  if (asked.length > questions) {
    following = true;
    document.getElementById("evidence").scrollTop = 0;
  }
  questions = asked.length;
  if (following && questions) asked[questions - 1].scrollIntoView({ block: "start" });
}

for (const moved of ["wheel", "touchmove", "pointerdown"]) {
  document.addEventListener(moved, () => (following = false), { passive: true });
}
document.addEventListener("keydown", (event) => {
  if (/^(Page|Arrow|Home|End|Tab)/.test(event.key)) following = false;
});

// Gradio names each message by its source, tags and all, and calls the examples a list without items: to a screen reader,
// the messages' own text and plain buttons say it better. Its sanitizer takes every label off what we draw.
function mend() {
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) message.removeAttribute("aria-label");
  document.querySelector("#chat .examples[role]")?.removeAttribute("role");
  for (const day of document.querySelectorAll("#since input[type=text], #until input[type=text]")) day.type = "date";
  const fold = document.querySelector("#filters > button");
  fold?.setAttribute("aria-expanded", fold.classList.contains("open"));
  for (const sign of document.querySelectorAll(".verified:not([aria-label])")) sign.setAttribute("aria-label", sign.title);
  for (const bar of document.querySelectorAll("progress:not([aria-label])")) bar.setAttribute("aria-label", bar.title);
  for (const link of document.querySelectorAll("a.do[title]:not([aria-label])")) link.setAttribute("aria-label", link.title);
}

document.addEventListener("click", (event) => event.target.closest("#filters > button") && requestAnimationFrame(mend));

new MutationObserver(() => {
  mend();
  follow();
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-label"] });
