// What the page does in the browser beyond Gradio: marks lead to their evidence, and the reader stays with the answer.
"use strict";

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let questions = 0; // in the conversation
let following = false; // the newest question is kept at the top until the reader scrolls

// A mark shows its card, a card's number shows its mark: in view, in focus, lit.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.mark, a.back");
  if (!link) return;
  const target = document.getElementById(link.getAttribute("href").slice(1));
  if (!target) return;
  event.preventDefault();
  following = false;
  const folded = target.closest("details");
  if (folded) folded.open = true;
  for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
  target.classList.add("lit");
  target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
});

// Ask and Stop take each other's place, and an example goes away: the question box takes the focus that they would lose.
document.addEventListener("click", (event) => {
  if (!event.target.closest("#ask-button, #stop-button, #anew, #chat .example")) return;
  if (window.matchMedia("(pointer: fine)").matches) document.querySelector("#question textarea").focus();
});

function follow() {
  const asked = document.querySelectorAll("#chat .question");
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
// the messages' own text and plain buttons say it better.
function mend() {
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  document.querySelector("#chat .examples[role]")?.removeAttribute("role");
}

new MutationObserver(() => {
  mend();
  follow();
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["aria-label"] });
