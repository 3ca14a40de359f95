// A file dropped anywhere on the page.

import { byId } from "../dom.js";

/** Calls `onFile` with the file, and marks the paper while one hovers. */
export function createDrop(onFile) {
  const paper = byId("paper");
  let depth = 0;
  const mark = () => paper.classList.toggle("dropping", depth > 0);
  const files = (event) => event.dataTransfer?.types.includes("Files");
  window.addEventListener("dragenter", (event) => {
    if (!files(event)) return;
    depth += 1;
    mark();
  });
  window.addEventListener("dragleave", (event) => {
    if (!files(event)) return;
    depth = Math.max(0, depth - 1);
    mark();
  });
  window.addEventListener("dragover", (event) => {
    if (files(event)) event.preventDefault();
  });
  window.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
}
