// The visit: a sentence and likes, kept in this page alone; each change asks for a new list.
"use strict";

const EXAMPLES = JSON.parse(document.getElementById("example-sentences").textContent);
const form = document.getElementById("ask");
const list = document.getElementById("list");
const sentence = document.getElementById("sentence");
const FUSIONS = JSON.parse(document.getElementById("fusion-strategies").textContent);
const fusion = document.getElementById("fusion");
let likes = [];
let skips = [];
let earlier = []; // what was liked and skipped before each change, for “undo”
let shown = null; // the answer on the page
let asked = 0; // answers that are overtaken by a later question are dropped

function catalog() {
  return form.elements.catalog.value;
}

async function ask(compare) {
  const number = ++asked;
  const text = sentence.value.trim();
  list.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(document.body.dataset.list, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
      },
      body: JSON.stringify({
        catalog: catalog(),
        text,
        likes: likes.map((item) => item.id),
        skips: skips.map((item) => item.id),
        fusion: fusion.value,
        language: text ? "" : language,
      }),
    });
    const answer = await response.json();
    if (number !== asked) return;
    if (!response.ok) throw new Error(answer.detail);
    show(answer, text, compare);
  } catch (error) {
    if (number === asked) complain(error instanceof SyntaxError || error instanceof TypeError ? "" : error.message);
  } finally {
    if (number === asked) list.setAttribute("aria-busy", "false");
  }
}

function show(answer, text, compare) {
  const before = compare && shown ? shown.items.map((item) => item.id) : null;
  shown = answer;
  document.getElementById("problem").hidden = true;
  document.getElementById("basis").textContent = basis(answer, text);
  document.getElementById("news").textContent = before ? news(answer, before) : "";
  glide(list, answer.items.map((item, rank) => card(item, rank, before, like, skip)));
  showLikes();
}

function basis(answer, text) {
  const parts = [];
  if (answer.basis.sentence) parts.push(word("onSentence", text));
  if (answer.basis.events) parts.push(word("onLikes", answer.basis.events));
  if (!parts.length) parts.push(word("onPopular"));
  const told = word("restsOn") + parts.join(word("and")) + word("stop");
  return answer.degraded ? told + word("degraded") : told;
}

function news(answer, before) {
  let up = 0;
  let down = 0;
  let fresh = 0;
  answer.items.forEach((item, rank) => {
    const old = before.indexOf(item.id);
    if (old < 0) fresh += 1;
    else if (old > rank) up += 1;
    else if (old < rank) down += 1;
  });
  return up + down + fresh ? word("moved", up, down, fresh) : word("still");
}

function complain(detail) {
  const problem = document.getElementById("problem");
  problem.textContent = detail || word("failed");
  problem.hidden = false;
}

function like(item) {
  change([...likes, item], skips).then(() => list.querySelector(".heart")?.focus({ preventScroll: true }));
}

function skip(item) {
  change(likes, [...skips, item]).then(() => list.querySelector(".skip")?.focus({ preventScroll: true }));
}

function takeBack(item) {
  change(likes.filter((one) => one.id !== item.id), skips);
}

function change(newLikes, newSkips) {
  earlier.push([likes, skips]);
  [likes, skips] = [newLikes, newSkips];
  return ask(true);
}

function undo() {
  [likes, skips] = earlier.pop();
  ask(true).then(() => (earlier.length ? document.getElementById("undo") : sentence).focus({ preventScroll: true }));
}

function showLikes() {
  document.getElementById("likes").hidden = !likes.length && !earlier.length && !sentence.value.trim();
  document.getElementById("undo").hidden = !earlier.length;
  document.getElementById("likes-title").hidden = !likes.length;
  const chips = likes.map((item) => {
    const chip = make("li");
    const button = make("button", "chip", `♥ ${item.title}`);
    button.type = "button";
    button.setAttribute("aria-label", word("unlike", item.title));
    button.addEventListener("click", () => takeBack(item));
    chip.append(button);
    return chip;
  });
  document.getElementById("liked").replaceChildren(...chips);
}

function showExamples() {
  const buttons = EXAMPLES[catalog()].map((text) => {
    const button = make("button", "example", text);
    button.type = "button";
    button.lang = /[\u4e00-\u9fff]/.test(text) ? "zh" : "en";
    button.addEventListener("click", () => {
      sentence.value = text;
      ask(false);
    });
    return button;
  });
  document.getElementById("examples").replaceChildren(...buttons);
}

function showFusions() {
  const options = (FUSIONS[catalog()] || []).map((one) => new Option(one.title, one.slug));
  fusion.replaceChildren(...options);
  fusion.closest("label").hidden = options.length < 2;
}

function startAgain() {
  invite();
  [likes, skips, earlier] = [[], [], []];
  shown = null;
  sentence.value = "";
  ask(false);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(likes.length > 0);
});
for (const radio of form.elements.catalog) {
  radio.addEventListener("change", () => {
    showExamples();
    showFusions();
    startAgain();
  });
}
fusion.addEventListener("change", () => ask(true));
document.getElementById("undo").addEventListener("click", undo);
document.getElementById("forget").addEventListener("click", () => {
  startAgain();
  sentence.focus();
});
document.getElementById("language").addEventListener("click", () => {
  switchLanguage();
  legend();
  ask(false);
});

speak();
legend();
showExamples();
showFusions();
ask(false);
