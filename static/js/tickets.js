// Tickets written on the lot wait in the browser until the portal has taken them. Without this file the form is an ordinary one.
const form = document.querySelector("form[data-tickets]");
const box = document.querySelector("#waiting");
const words = box ? box.dataset : {};
const shell = form && "shell" in form.dataset; // the kept copy of the page: it has no token to send anything with
const sent = []; // shown until the page closes, kept nowhere: they carry PINs
let busy = false;

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("tickets", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "key" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const store = async (mode, ask) => {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const change = database.transaction("waiting", mode);
    const request = ask(change.objectStore("waiting"));
    change.oncomplete = () => resolve(request.result);
    change.onerror = change.onabort = () => reject(change.error);
  });
};
const waiting = async () => (await store("readonly", (rows) => rows.getAll())).sort((a, b) => a.at - b.at);
const keep = (ticket) => store("readwrite", (rows) => rows.put(ticket));
const drop = (key) => store("readwrite", (rows) => rows.delete(key));

const say = (text) => {
  box.querySelector(".waiting-word").textContent = text;
};

const line = (ticket) => {
  const row = box.querySelector("template").content.firstElementChild.cloneNode(true);
  const part = (selector) => row.querySelector(selector);
  part(".plate").textContent = ticket.fields.plate;
  part(".pill").textContent = words[ticket.state];
  part(".pill").className = `pill ${{ sent: "is-paid", refused: "is-overdue" }[ticket.state] || "is-owed"}`;
  part("strong").textContent = ticket.number || "";
  part(".why").textContent = (ticket.why || []).join(" ");
  if (ticket.print) {
    part("a").href = ticket.print;
    part("a").hidden = false;
  }
  const stuck = ticket.state === "doubted" || ticket.state === "refused";
  part("[data-sure]").hidden = ticket.state !== "doubted";
  part("[data-edit]").hidden = part("[data-drop]").hidden = !stuck;
  part("[data-sure]").onclick = async () => {
    await keep({ ...ticket, state: "waiting", why: [], fields: { ...ticket.fields, sure: "on" } });
    send();
  };
  part("[data-drop]").onclick = () => drop(ticket.key).then(show);
  part("[data-edit]").onclick = async () => {
    for (const [name, value] of Object.entries(ticket.fields)) {
      const field = form.elements[name];
      if (field && field.type === "checkbox") field.checked = Boolean(value);
      else if (field) field.value = value;
    }
    const files = new DataTransfer();
    ticket.photos.forEach((photo) => files.items.add(new File([photo], photo.name || "photo.jpg", { type: photo.type })));
    form.elements.photos.files = files.files;
    await drop(ticket.key);
    await show();
    form.elements.plate.focus();
  };
  return row;
};

const show = async () => {
  const rows = [...(await waiting()), ...sent];
  box.hidden = !rows.length;
  box.querySelector("ul").replaceChildren(...rows.map(line));
  box.querySelector("[data-send]").hidden = rows.every((ticket) => ticket.state !== "waiting" && ticket.state !== "sending");
};

// One ticket to the portal. Answers whether the next one may be tried at once.
const post = async (ticket) => {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const [name, value] of Object.entries(ticket.fields)) body.append(name, value);
  for (const photo of ticket.photos) body.append("photos", photo, photo.name || "photo.jpg");
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  const json = (answer.headers.get("Content-Type") || "").startsWith("application/json") && (await answer.json());
  if (json && json.number) {
    await drop(ticket.key);
    sent.unshift({ ...ticket, ...json, state: "sent", why: [] });
  } else if (answer.ok && json) {
    await keep({ ...ticket, state: json.doubts ? "doubted" : "refused", why: json.doubts || json.errors });
  } else {
    say(answer.redirected || answer.status === 403 ? words.login : words.later);
    return false;
  }
  return true;
};

// With a line again the page itself takes the place of its copy, unless a ticket is being written.
const leaveShell = async () => {
  if (!navigator.onLine) throw new Error("offline");
  if (form.elements.plate.value || form.elements.photos.files.length) return;
  const page = form.dataset.shell + location.search;
  const answer = await fetch(page, { method: "HEAD", cache: "no-store" });
  if (answer.ok) location.replace(page);
};

const send = async () => {
  if (shell) return leaveShell().catch(() => show().then(() => say(words.offline)));
  if (busy) return;
  busy = true;
  say("");
  try {
    for (const ticket of await waiting()) {
      if (!navigator.onLine) throw new Error("offline");
      if (ticket.state !== "waiting") continue;
      await show();
      if (!(await post(ticket))) break;
    }
  } catch {
    say(words.offline);
  }
  busy = false;
  await show();
};

const clear = () => {
  const kept = [form.elements.lot.value, form.elements.plate_region.value];
  form.reset();
  for (const name of ["plate", "offence", "location", "notes", "make", "colour", "amount", "latitude", "longitude", "issued_at"]) form.elements[name].value = "";
  form.elements.warning.checked = false;
  [form.elements.lot.value, form.elements.plate_region.value] = kept;
  form.elements.key.value = crypto.randomUUID();
  form.querySelector(".ticket-place [role=status]").textContent = "";
};

const submit = async (event) => {
  if (form.dataset.plain) return;
  if (event.submitter && event.submitter.name === "check") {
    if (navigator.onLine && !shell) return;
    event.preventDefault();
    event.stopPropagation();
    box.hidden = false;
    say(words.nocheck);
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const missing = ["plate", "offence"].map((name) => form.elements[name]).find((field) => !field.value);
  if (missing) {
    missing.focus();
    missing.reportValidity();
    return;
  }
  if (!form.elements.issued_at.value) form.elements.issued_at.value = new Date().toISOString();
  const fields = {};
  const photos = [];
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) value.size && photos.push(value);
    else if (name !== "csrfmiddlewaretoken") fields[name] = value;
  }
  try {
    await keep({ key: fields.key, at: Date.now(), state: "waiting", fields, photos });
  } catch {
    form.dataset.plain = "1"; // a phone that keeps nothing (a private window) sends the form as it is
    box.hidden = false;
    say(words.full);
    form.requestSubmit();
    return;
  }
  clear();
  await show();
  box.scrollIntoView({ block: "nearest" });
  send();
};

if (shell) {
  form.elements.key.value = crypto.randomUUID();
  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;
} else if (form && navigator.serviceWorker) {
  navigator.serviceWorker.register(form.dataset.worker).catch(() => {}); // without it the page must be open already
}

if (form && box && window.indexedDB) {
  form.addEventListener("submit", submit, true);
  box.querySelector("[data-send]").addEventListener("click", send);
  window.addEventListener("online", send);
  setInterval(send, 60000);
  opened.then(send, () => {});
}

const place = form && form.querySelector(".ticket-place");
if (place && navigator.geolocation) {
  place.hidden = false;
  const said = place.querySelector("[role=status]");
  place.querySelector("[data-place]").addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(5);
        form.elements.longitude.value = coords.longitude.toFixed(5);
        said.textContent = `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)} (±${Math.round(coords.accuracy)} m)`;
      },
      () => {
        said.textContent = words.noplace;
      },
      { enableHighAccuracy: true, timeout: 15000 },
    ),
  );
}
