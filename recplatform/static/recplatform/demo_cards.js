// One recommended item as a card, and how cards move from one list to the next.
"use strict";

const PARTS = ["meaning", "words", "people", "properties", "popular", "new"];

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

// A colour for a category: the same for the same words, spread around the circle.
function hue(name) {
  let number = 7;
  for (const letter of name) number = (number * 31 + letter.codePointAt(0)) % 3600;
  return Math.round(number * 137.508) % 360;
}

function tile(item) {
  const category = item.categories[0] || item.title;
  const element = make("div", "tile", [...category][0]);
  element.style.setProperty("--hue", hue(category));
  element.setAttribute("aria-hidden", "true");
  return element;
}

function facts(item) {
  const price = item.price === null ? null : `¥${item.price.toLocaleString(language)}`;
  return [price, item.year, item.brand, item.categories.join(" · ")].filter(Boolean).join("  ·  ");
}

function bar(parts) {
  const element = make("div", "bar");
  const told = [];
  for (const name of PARTS) {
    if (!parts[name]) continue;
    const piece = make("span", `part ${name}`);
    piece.style.flexGrow = parts[name];
    told.push(`${word(name)} ${Math.round(parts[name] * 100)} %`);
    element.append(piece);
  }
  element.title = told.join(", ");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", told.join(", "));
  return element;
}

function movement(item, rank, before) {
  if (before === null) return null;
  const old = before.indexOf(item.id);
  if (old === rank) return null;
  if (old < 0) return make("span", "move fresh", word("fresh"));
  const up = old > rank;
  const places = Math.abs(old - rank);
  const element = make("span", up ? "move up" : "move down", `${up ? "▲" : "▼"} ${places}`);
  element.setAttribute("aria-label", word(up ? "up" : "down", places));
  element.setAttribute("role", "img");
  return element;
}

function round(className, sign, name, act) {
  const button = make("button", `round ${className}`, sign);
  button.type = "button";
  button.setAttribute("aria-label", name);
  button.addEventListener("click", act);
  return button;
}

function card(item, rank, before, like, skip) {
  const element = make("li", "card");
  element.dataset.id = item.id;
  const text = make("div", "text");
  const head = make("div", "head");
  const title = make("h2", "", item.title);
  if (item.language) title.lang = item.language;
  head.append(make("span", "rank", String(rank + 1)), title);
  const moved = movement(item, rank, before);
  if (moved) head.append(moved);
  text.append(head, make("p", "facts", facts(item)));
  if (item.description) {
    const description = make("p", "description", item.description);
    if (item.language) description.lang = item.language;
    text.append(description);
  }
  text.append(make("p", "reasons", item.reasons.join(" · ")), bar(item.parts));
  const choices = make("div", "choices");
  choices.append(
    round("heart", "♥", word("like", item.title), () => like(item)),
    round("skip", "✕", word("skip", item.title), () => skip(item)),
  );
  element.append(tile(item), text, choices);
  return element;
}

function legend() {
  const rows = PARTS.map((name) => {
    const row = make("li");
    row.append(make("span", `part ${name}`), word(name));
    return row;
  });
  document.getElementById("legend").replaceChildren(...rows);
}

// Cards glide from where they were to where they are, unless the visitor prefers stillness.
function glide(list, cards) {
  const before = new Map([...list.children].map((one) => [one.dataset.id, one.getBoundingClientRect()]));
  list.replaceChildren(...cards);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const one of cards) {
    const old = before.get(one.dataset.id);
    const now = one.getBoundingClientRect();
    const from = old
      ? { transform: `translate(${old.left - now.left}px, ${old.top - now.top}px)` }
      : { opacity: 0, transform: "translateY(0.75rem)" };
    one.animate([from, { opacity: 1, transform: "none" }], { duration: 420, easing: "cubic-bezier(.2,.7,.2,1)" });
  }
}
