// Where the sample stands below the list, a chosen row brings it into view.
"use strict";

new MutationObserver((changes) => {
  const detail = document.getElementById("chosen");
  if (!detail || !changes.some((change) => detail.contains(change.target))) return;
  if (!document.getElementById("sample")) return;
  if (window.matchMedia("(max-width: 74.99rem)").matches) detail.scrollIntoView({ block: "start" });
  else detail.scrollTop = 0;
}).observe(document.documentElement, { childList: true, subtree: true });
