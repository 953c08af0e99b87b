// Select2 names its boxes by the value that is chosen: here they get the name of their field instead.

function name(box) {
  const select = box.closest(".select2-container")?.parentElement?.querySelector("select");
  const text = select?.labels?.[0]?.textContent ?? "";
  const label = select?.getAttribute("aria-label") || text.replace("*", "").trim();
  if (!label) return;
  box.removeAttribute("aria-labelledby");
  box.setAttribute("aria-label", label);
  box.querySelector("[role=textbox]")?.setAttribute("aria-label", label);
}

function nameAll() {
  document.querySelectorAll(".select2-selection[aria-labelledby]").forEach(name);
}

document.addEventListener("DOMContentLoaded", () => {
  nameAll();
  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
});
