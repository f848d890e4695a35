
"use strict";
(() => {
  const form = document.querySelector(".filter");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")];
  const parts = [...document.querySelectorAll(".group, .alias")];
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const words = form.querySelector("input[type=search]");
  const status = form.querySelector("[role=status]");
  const diffs = form.querySelector("button");
  const show = () => {
    const levels = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const sought = words.value.trim().toLowerCase();
    for (const each of findings) {
      each.hidden = !levels.has(each.dataset.severity) || !each.textContent.toLowerCase().includes(sought);
    }
    for (const part of parts) part.hidden = !part.querySelector(".finding:not([hidden])");
    const number = findings.filter((each) => !each.hidden).length;
    status.textContent = `${number} of ${findings.length} findings shown`;
  };
  diffs.addEventListener("click", () => {
    const open = diffs.getAttribute("aria-pressed") !== "true";
    diffs.setAttribute("aria-pressed", String(open));
    for (const each of document.querySelectorAll(".diff")) each.open = open;
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
})();
