// The service worker: after the first visit a text can be explained without any network.

importScripts("/pkg/precache.js");

const NAME = `noanswer-${self.PRECACHE.version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(["/", ...self.PRECACHE.files]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith("noanswer-") && name !== NAME)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

// The network first, so that nobody works with an old page; what is kept when there is none.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (
    request.method !== "GET" ||
    url.origin !== location.origin ||
    url.pathname.startsWith("/v1/") ||
    url.pathname.endsWith("/dns-query")
  )
    return;
  event.respondWith(
    fetch(request).then(
      (response) => keep(event, url, response),
      async () => {
        const kept = await caches.match(request.mode === "navigate" && url.pathname === "/" ? "/" : request, {
          ignoreSearch: true,
        });
        return kept ?? Response.error();
      },
    ),
  );
});

// What a check or another language needs is kept once it was needed.
function keep(event, url, response) {
  if (response.ok && self.PRECACHE.later.includes(url.pathname)) {
    const copy = response.clone();
    event.waitUntil(caches.open(NAME).then((cache) => cache.put(url.pathname, copy)));
  }
  return response;
}
