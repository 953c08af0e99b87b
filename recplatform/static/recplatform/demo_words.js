// The page's words in its two languages, and the choice between them.
"use strict";

const WORDS = {
  en: {
    heading: "What are you looking for?",
    lead: "Write one sentence. Like what you like. The list follows, and never forgets the sentence.",
    catalog: "Catalog",
    shop: "Shop",
    films: "Films",
    sentence: "Your sentence",
    shopPlaceholder: "Say it in your own words, in English or Chinese",
    filmsPlaceholder: "Say it in your own words, in English",
    ask: "Recommend",
    examples: "Examples",
    liked: "You like",
    forget: "Forget everything",
    undo: "Undo",
    fusion: "Joined by",
    like: (title) => `Like ${title}`,
    skip: (title) => `Not for me: ${title}`,
    unlike: (title) => `Take back the like of ${title}`,
    list: "Recommendations",
    legend: "What lifts an item",
    fresh: "new",
    up: (places) => `up ${places}`,
    down: (places) => `down ${places}`,
    restsOn: "This list rests on ",
    onSentence: (text) => `your sentence “${text}”`,
    onLikes: (count) => (count === 1 ? "one like" : `${count} likes`),
    onPopular: "what many people choose: nothing is known of you yet",
    and: " and ",
    stop: ". ",
    moved: (up, down, fresh) => `The list moved: ${up} up, ${down} down, ${fresh} new.`,
    still: "Nothing moved.",
    degraded: "Something was unavailable and left out of this answer.",
    failed: "No answer came. Is the demo still running?",
    language: "Switch to English",
    meaning: "meaning",
    words: "words",
    people: "people like you",
    properties: "same kind",
    popular: "popular",
    new: "new",
  },
  zh: {
    heading: "您想找什么？",
    lead: "写一句话，再点几个喜欢的。列表随之变化，却不会忘记您说的话。",
    catalog: "目录",
    shop: "小店",
    films: "电影",
    sentence: "您的一句话",
    shopPlaceholder: "用自己的话说，中文英文都可以",
    filmsPlaceholder: "用自己的话说，请用英文",
    ask: "推荐",
    examples: "例句",
    liked: "您喜欢",
    forget: "全部忘记",
    undo: "撤销",
    fusion: "融合方式",
    like: (title) => `喜欢 ${title}`,
    skip: (title) => `不感兴趣：${title}`,
    unlike: (title) => `不再喜欢 ${title}`,
    list: "推荐列表",
    legend: "推荐的依据",
    fresh: "新",
    up: (places) => `上升 ${places} 位`,
    down: (places) => `下降 ${places} 位`,
    restsOn: "这份列表依据",
    onSentence: (text) => `您的话「${text}」`,
    onLikes: (count) => `${count} 个喜欢`,
    onPopular: "大家的选择：目前对您还一无所知",
    and: "和",
    stop: "。",
    moved: (up, down, fresh) => `列表变了：${up} 个上升，${down} 个下降，${fresh} 个新出现。`,
    still: "列表没有变化。",
    degraded: "有一部分暂时不可用，这次没有计入。",
    failed: "没有得到回答。演示程序还在运行吗？",
    language: "切换到中文",
    meaning: "意思",
    words: "用词",
    people: "同好",
    properties: "同类",
    popular: "热门",
    new: "新品",
  },
};

let language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en");

function word(name, ...values) {
  const found = WORDS[language][name];
  return typeof found === "function" ? found(...values) : found;
}

function invite() {
  const catalog = document.querySelector("[name=catalog]:checked").value;
  document.getElementById("sentence").placeholder = word(`${catalog}Placeholder`);
}

function speak() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  invite();
  document.getElementById("examples").setAttribute("aria-label", word("examples"));
  document.getElementById("list").setAttribute("aria-label", word("list"));
  document.getElementById("legend").setAttribute("aria-label", word("legend"));
  const other = language === "en" ? "zh" : "en";
  const button = document.getElementById("language");
  button.textContent = other === "zh" ? "中文" : "English";
  button.lang = other;
  button.setAttribute("aria-label", WORDS[other].language);
}

function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  localStorage.setItem("language", language);
  speak();
}
