// The library's list is drawn anew after each order, and takes what was pressed with it: the focus goes where one reads on.
"use strict";

function readOn({ do: done, article }) {
  switch (done) {
    case "remove":
      return document.querySelector("#shelf .sure a.keep");
    case "really":
      return document.querySelector("#shelf-note, #shelf-list .outcome");
    case "page":
      return document.querySelector("#shelf .tally");
    case "keep":
      return [...document.querySelectorAll("#shelf a.remove")].find((link) => orderOf(link).article === article);
  }
}

function orderOf(link) {
  return JSON.parse(decodeURIComponent(link.getAttribute("href").replace("#do:shelf:", "")));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('#shelf a.do[href^="#do:shelf:"]');
  if (!link) return;
  const order = orderOf(link);
  const drawn = new MutationObserver(() => {
    const next = readOn(order);
    if (!next || next === link) return;
    drawn.disconnect();
    if (next.tabIndex < 0) next.tabIndex = -1;
    next.focus();
  });
  drawn.observe(document.getElementById("shelf-list"), { childList: true, subtree: true });
  setTimeout(() => drawn.disconnect(), 5000);
});
