// The office: names, for screen readers and voice control, of what Django's admin shows without one.
const words = (element) => (element ? element.textContent.replace(/:\s*$/, "").trim() : "");

// In a table of rows the column's heading names the control.
const columnOf = (control) => {
  const cell = control.closest("td");
  const table = cell && cell.closest("table");
  return table && table.tHead ? words(table.tHead.rows[0].cells[cell.cellIndex]) : "";
};

// A list that searches while one types hides the labelled select and shows a box of its own.
const labelOf = (box) => {
  const select = box.closest(".select2-container").previousElementSibling;
  return select && select.labels && select.labels.length ? words(select.labels[0]) : columnOf(box);
};

const nameAll = () => {
  for (const control of document.querySelectorAll(".tabular td :is(input:not([type=hidden]), select, textarea), .results td :is(input:not([type=hidden]), select)")) {
    if (!control.labels.length && !control.hasAttribute("aria-label")) control.setAttribute("aria-label", columnOf(control));
  }
  for (const box of document.querySelectorAll(".select2-selection:not([aria-label])")) {
    const name = labelOf(box);
    box.setAttribute("aria-label", name);
    const shown = box.querySelector("[role=textbox]");
    if (shown) shown.setAttribute("aria-label", name);
  }
  for (const wide of document.querySelectorAll(":is(.inline-group, .panel):not([tabindex])")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0; // the keyboard scrolls it
  for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]:not([role])")) hint.setAttribute("role", "img");
  for (const link of document.querySelectorAll("#changelist-filter li a")) if (!words(link)) link.textContent = "\u2013";
  for (const search of document.querySelectorAll("#searchbar:not([aria-label])")) {
    const picture = search.form.querySelector("label[for=searchbar] img");
    if (picture) search.setAttribute("aria-label", picture.alt);
  }
  for (const head of document.querySelectorAll("thead th")) {
    if (!words(head) && !head.childElementCount) head.replaceWith(Object.assign(document.createElement("td"), { className: head.className }));
  }
};
nameAll();
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true }); // rows are added, lists become boxes
new ResizeObserver(nameAll).observe(document.body); // what is turned or enlarged scrolls where it did not
