// Turnstile, where the server asks it before a public check: the only script of another origin, and only there.

import { byId } from "./dom.js";

const SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";

let loading = null;
function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).turnstile));
    script.addEventListener("error", () => {
      loading = null;
      reject(
        new Error(
          "The question whether a person asks cannot be loaded. A token, under “Resolvers and token”, does without it.",
        ),
      );
    });
    document.head.append(script);
  });
  return loading;
}

/** What Turnstile gives for one check of this person. It shows itself only when it has to ask. */
export async function turnstileResponse(sitekey) {
  const turnstile = await load();
  const place = byId("turnstile");
  return new Promise((resolve, reject) => {
    const widget = turnstile.render(place, {
      sitekey,
      appearance: "interaction-only",
      callback(response) {
        turnstile.remove(widget);
        resolve(response);
      },
      "error-callback": () =>
        reject(new Error("It could not be told whether a person asks. Try again, or use a token.")),
    });
  });
}
