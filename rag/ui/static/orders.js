// Orders to the server: a press on a link of the class `do` goes through its channel's hidden box and button (orders.py).
"use strict";

// eslint-disable-next-line no-unused-vars -- keep.js and talk.js send orders of their own
function sendOrder(channel, order) {
  const box = document.querySelector(`#order-${channel} textarea, #order-${channel} input`);
  box.value = typeof order === "string" ? order : JSON.stringify(order);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById(`order-${channel}-send`).click();
}

function ordered(link) {
  const [, channel, order] = link.getAttribute("href").match(/^#do:(\w+):(.*)$/s);
  if (channel === "chat") showView("conversation");
  sendOrder(channel, decodeURIComponent(order));
}

// A view is a tab of Gradio's: its button is pressed as a reader would.
function showView(name) {
  const tab = document.querySelector(`#views [role="tab"][id^="${name}"], #${name}-view-button`);
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.do");
  if (!link) return;
  event.preventDefault();
  ordered(link);
});

// A day that is typed, pasted or deleted: Gradio tells of the first alone.
const SETTLED_MS = 300;
let typed = 0;
document.addEventListener("input", (event) => {
  if (!event.target.closest("#since, #until")) return;
  clearTimeout(typed);
  typed = setTimeout(() => sendOrder("chat", { do: "limit" }), SETTLED_MS);
});

// What is drawn as a button answers to the space bar too.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches('a[role="button"]')) return;
  event.preventDefault();
  event.target.click();
});
