// The entry page opens without a line, too: from what was kept of it, which names nobody. `KEPT` stands above.
const NAME = `tickets-${KEPT.version}`;
const PATIENCE = 5000;

const keep = async () => {
  const cache = await caches.open(NAME);
  const shell = await fetch(KEPT.shell, { cache: "no-store" });
  if (!shell.ok || shell.redirected) throw new Error("no shell");
  await cache.put(KEPT.shell, shell);
  await cache.addAll(KEPT.assets);
};

const forget = async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("tickets-") && name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
};

const kept = async (address) => (await caches.open(NAME)).match(address, { ignoreVary: true });

// The answer of the portal, or what is kept in its place where there is no line, or one that does not answer.
const answer = async (request, address) => {
  const fetched = fetch(request);
  fetched.catch(() => {}); // it may fail after what is kept was shown
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    return (await Promise.race([fetched, patience.then(() => kept(address))])) || (await fetched);
  } catch (error) {
    const found = await kept(address);
    if (!found) throw error;
    return found;
  }
};

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});
self.addEventListener("activate", (event) => event.waitUntil(forget()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === new URL("./", self.location).pathname) event.respondWith(answer(request, KEPT.shell));
  } else if (KEPT.assets.includes(pathname + search)) {
    event.respondWith(answer(request, request.url));
  }
});
