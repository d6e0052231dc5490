// The preview of a text follows what is typed; without this, its button does the same.
const form = document.querySelector(".wording-form");
const button = document.getElementById("preview-button");
let waiting;
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(button), 600);
});
