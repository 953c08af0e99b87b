// Curate without reloading: forms are sent and the page's own answer takes the place of the list; dragging pins.

const root = document.getElementById("curate");
const said = document.getElementById("curate-said");
let dragged = null;

async function send(address, values, words, focus) {
  if (root.getAttribute("aria-busy") === "true") return;
  root.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { method: "POST", body: values, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("curate");
    if (!fresh) throw new Error(`status ${answer.status}`);
    root.replaceChildren(...fresh.childNodes);
    const problem = root.querySelector("[role=alert]");
    said.textContent = problem ? problem.textContent : words;
    restoreFocus(focus);
  } catch {
    said.textContent = root.dataset.failed;
    said.classList.remove("curate-unseen");
  } finally {
    root.removeAttribute("aria-busy");
  }
}

// The same button of the same item; where it went, the item's first one.
function restoreFocus(focus) {
  if (!focus) return;
  const form = root.querySelector(`.curate-card form[data-item="${CSS.escape(focus.item)}"]`);
  const target = form && (form.querySelector(`[data-kind="${focus.kind}"]`) || form.querySelector("button"));
  (target || document.getElementById("text")).focus({ preventScroll: Boolean(target) });
  if (target) target.scrollIntoView({ block: "nearest" });
}

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-curate]")) return;
  event.preventDefault();
  const button = event.submitter;
  const focus = form.dataset.item ? { item: form.dataset.item, kind: button.dataset.kind || "" } : null;
  send(form.action, new FormData(form, button), button.dataset.said, focus);
});

const cardOf = (event) => event.target.closest && event.target.closest(".curate-card");
const isBelow = (event, card) => {
  const box = card.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
};

function unmark() {
  for (const card of root.querySelectorAll(".drop-above, .drop-below")) {
    card.classList.remove("drop-above", "drop-below");
  }
}

root.addEventListener("dragstart", (event) => {
  dragged = cardOf(event);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.title);
  dragged.classList.add("dragged");
});

root.addEventListener("dragover", (event) => {
  const card = cardOf(event);
  if (!dragged || !card) return;
  event.preventDefault();
  unmark();
  card.classList.add(isBelow(event, card) ? "drop-below" : "drop-above");
});

root.addEventListener("dragend", () => {
  if (dragged) dragged.classList.remove("dragged");
  dragged = null;
  unmark();
});

root.addEventListener("drop", (event) => {
  const card = cardOf(event);
  if (!dragged || !card) return;
  event.preventDefault();
  const from = Number(dragged.dataset.rank);
  const before = Number(card.dataset.rank) + (isBelow(event, card) ? 1 : 0);
  const place = before > from ? before - 1 : before; // it leaves its own place
  const form = dragged.querySelector("form[data-curate]");
  const values = new FormData(form);
  values.set("do", `pin:${place}`);
  const words = `${dragged.dataset.title}: ${place}`;
  if (card !== dragged) send(form.action, values, words, null);
});
