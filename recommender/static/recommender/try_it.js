// Choosing another catalog shows its pipelines at once, and there is always an empty input for one more item.
// Without this script the button does the first, and showing the list the second.
const form = document.querySelector("#try-form");
const MOST = 20;

function inputs() {
  return [...form.querySelectorAll("input[name=history]")];
}

function growHistory() {
  const all = inputs();
  const last = all[all.length - 1];
  if (!last.value || all.length >= MOST) return;
  const next = last.cloneNode();
  next.value = "";
  next.setAttribute("aria-label", last.getAttribute("aria-label").replace(String(all.length), String(all.length + 1)));
  last.after(next);
}

if (form) {
  form.querySelector("[name=catalog]").addEventListener("change", () => form.requestSubmit());
  form.addEventListener("input", (event) => {
    if (event.target.name === "history") growHistory();
  });
}
