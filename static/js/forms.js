// Forms: a question that hangs on another one shows with its answer. Without scripts all of them show, and the server
// takes what is called for (FRM-1).
for (const form of document.querySelectorAll("form")) {
  const hanging = [...form.querySelectorAll("[data-shown-when]")];
  if (!hanging.length) continue;
  const answersOf = (key) =>
    [...form.querySelectorAll(`[name="${key}"]`)].flatMap((field) => {
      if (field.closest("[hidden]") || (/^(radio|checkbox)$/.test(field.type) && !field.checked)) return [];
      const agreed = field.type === "checkbox" && field.value === "on";
      return field.value.trim() ? [agreed ? "" : field.value.trim().toLowerCase()] : [];
    });
  const show = () => {
    for (const part of hanging) {
      const said = answersOf(part.dataset.shownWhen);
      const wanted = part.dataset.shownValue.trim().toLowerCase();
      part.hidden = !said.some((words) => !wanted || !words || words === wanted);
    }
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
}
