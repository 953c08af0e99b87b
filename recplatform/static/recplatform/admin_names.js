// Select2 names its boxes by the value that is chosen: here they get the name of their field as well.

function name(select) {
  const label = select.getAttribute("aria-label") || select.labels?.[0]?.textContent.replace("*", "").trim();
  const box = select.parentElement?.querySelector(".select2-selection");
  if (!label || !box) return;
  const value = box.querySelector(".select2-selection__rendered");
  box.setAttribute("aria-label", label);
  box.removeAttribute("aria-labelledby");
  if (value && value.tagName === "SPAN") value.setAttribute("aria-label", label);
}

function nameAll(root) {
  root.querySelectorAll("select.select2-hidden-accessible").forEach(name);
}

window.addEventListener("load", () => nameAll(document));
document.addEventListener("formset:added", (event) => setTimeout(() => nameAll(event.target)));
