// The entry: nothing but the wiring.

import { start } from "./controller.js";

document.documentElement.classList.add("js");
start();
if ("serviceWorker" in navigator && window.isSecureContext) {
  // Without it the page works as well; only not offline.
  navigator.serviceWorker.register("/sw.js").catch(() => {});
}
