// Moneris' card form: its script is loaded, its frame opened, and whatever it says leads back to where the provider is asked.
const form = document.getElementById("card-form");
const loading = document.getElementById("card-loading");
const { ticket, script, mode, done, cancelled } = form.dataset;

const fail = () => {
  loading.hidden = true;
  document.getElementById("card-trouble").hidden = false;
};

const codeOf = (text) => {
  try {
    return String(JSON.parse(text).response_code);
  } catch {
    return "";
  }
};

const start = () => {
  if (!window.monerisCheckout) return fail();
  const checkout = new window.monerisCheckout();
  const leave = (address) => {
    checkout.closeCheckout(ticket);
    window.location.replace(address);
  };
  checkout.setMode(mode);
  checkout.setCheckoutDiv(form.id);
  checkout.setCallback("page_loaded", (text) => {
    loading.hidden = true;
    if (codeOf(text) !== "001") leave(cancelled); // a ticket that is used up or over
  });
  checkout.setCallback("payment_complete", () => leave(done));
  checkout.setCallback("payment_receipt", () => leave(done));
  checkout.setCallback("cancel_transaction", () => leave(cancelled));
  checkout.setCallback("error_event", () => leave(cancelled));
  checkout.startCheckout(ticket);
};

document.getElementById("card-scripts").hidden = true; // scripts do run
loading.hidden = false;
const element = document.createElement("script");
element.src = script;
element.addEventListener("load", start);
element.addEventListener("error", fail);
document.head.append(element);
