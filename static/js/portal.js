// Everything works without this file; it only makes things nicer.

// Payments: holding Shift on a click selects or clears all (PAY-1).
document.addEventListener("click", (event) => {
  const row = event.shiftKey && !event.target.closest("a") && event.target.closest("[data-pick-all] > li");
  const box = row && row.querySelector("input[type=checkbox]:not(:disabled)");
  if (!box) return;
  if (event.target !== box) {
    event.preventDefault(); // the row's label: a browser takes Shift on it for selecting text, and ticks nothing
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const other of box.closest("[data-pick-all]").querySelectorAll("input[type=checkbox]:not(:disabled)")) {
    if (other.checked !== box.checked) {
      other.checked = box.checked;
      other.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
});

document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest("[data-pick-all]")) event.preventDefault();
});

// Payments: the total follows the ticks. The server counts again; nothing is charged by this number.
for (const form of document.querySelectorAll("form[data-total]")) {
  const show = () => {
    const picked = [...form.querySelectorAll("input[data-amount]:checked")];
    const sum = picked.reduce((cents, box) => cents + Number(box.dataset.amount), 0);
    const locale = { en: "en-CA", fr: "fr-CA", es: "es-MX" }[document.documentElement.lang]; // as the server writes money
    const text = new Intl.NumberFormat(locale, { style: "currency", currency: form.dataset.total, currencyDisplay: "narrowSymbol" }).format(sum / 100);
    for (const place of form.querySelectorAll("[data-sum]")) place.textContent = text;
  };
  form.addEventListener("change", show);
  show();
}

// Email preferences: tick all, or clear them where all are ticked; without scripts the server does it (PREF-1).
for (const button of document.querySelectorAll("[data-choose-all]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const boxes = [...button.closest("[data-choices]").querySelectorAll("input[type=checkbox]")];
    const tick = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = tick;
  });
}

// Company Manager: the login icon opens a dialog that names the account; without scripts a page does (COM-2).
const entering = document.querySelector("dialog[data-enter]");
if (entering) {
  document.addEventListener("submit", (event) => {
    const name = event.target.dataset.enterName;
    if (name === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    entering.querySelector("[data-name]").textContent = name;
    entering.querySelector("form").action = event.target.action;
    entering.showModal();
  });
  entering.querySelector("[data-close]").addEventListener("click", () => entering.close());
}

// Uploads: a bar shows how far the files are. Should this fail, the form is sent as without scripts (UPL-1).
for (const form of document.querySelectorAll("form[data-progress]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent || form.dataset.plain) return;
    event.preventDefault();
    event.stopPropagation();
    form.dataset.sent = "1";
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    const plainly = () => {
      form.dataset.plain = "1";
      delete form.dataset.sent;
      form.requestSubmit();
    };
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (step) => {
      bar.hidden = false;
      if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total;
    });
    request.addEventListener("load", () => (request.response && request.response.next ? window.location.assign(request.response.next) : plainly()));
    request.addEventListener("error", plainly);
    request.send(new FormData(form));
  });
}

// A form that is on its way is not sent twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// The name menu closes on Escape and on a click elsewhere.
const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}

// While a payment is being checked: ask again, and go where the answer leads (RULES 23). Without scripts a link does it.
const waiting = document.querySelector("[data-poll]");
if (waiting) {
  const ask = async () => {
    const answer = await fetch(waiting.dataset.poll).catch(() => null);
    if (answer && answer.redirected) window.location.assign(answer.url);
    else setTimeout(ask, 5000);
  };
  setTimeout(ask, 5000);
}

// A queue moves: what is marked so is fetched anew every minute while somebody looks. Without scripts a reload does it.
const live = document.querySelector("[data-live]");
if (live) {
  const renew = async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(window.location.href).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(live.id);
    if (fresh) live.replaceChildren(...fresh.childNodes);
  };
  setInterval(renew, 60000);
}
