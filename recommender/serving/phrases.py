"""The words of reasons and explanations, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrases:
    """One language's phrases.

    `sources` maps the start of a column's name to what it means to a reader; `named` is said of co-events where a
    sentence alone led to them.
    """

    language: str
    because: str
    words: str
    near: str
    named: str
    fallback: str
    separator: str
    sources: Mapping[str, str] = field(default_factory=dict)

    def source(self, column: str, *, has_history: bool) -> str:
        """What a source says to a person with or without a history, or nothing where no phrase fits."""
        if column.startswith("co-events") and not has_history:
            return self.named
        return next((phrase for start, phrase in self.sources.items() if column.startswith(start)), "")

    def join(self, parts: Sequence[str]) -> str:
        """Parts in a row."""
        return self.separator.join(parts)


PHRASES: dict[str, Phrases] = {
    "en": Phrases(
        language="en",
        because="Recommended because: {reasons}.",
        words="it has your words {words}",
        near="it is like “{title}”, which you chose",
        named="people chose it together with what your words name",
        fallback="it fits the rest of the list",
        separator=", ",
        sources={
            "similarity": "its description is close in meaning to what you look for",
            "lexical-match": "its description uses the same words",
            "co-events": "people with your taste chose it",
            "collaborative": "it is what people with your taste choose",
            "text-map": "its description is like what people choose together with such items",
            "few-shot": "people who began as you did went on to choose it",
            "two-tower": "its description is like what people such as you choose",
            "sentence-map": "people who look for such things choose it",
            "item-neighbours": "people chose it along with such items",
            "sequence": "it often comes next after what you chose last",
            "affinity": "it shares categories or properties with what you chose",
            "graph": "it is related to what you chose or named",
            "popular": "many people choose it",
            "freshness": "it is new",
            "is_new": "it is new here",
            "interaction": "it suits people who speak and choose like you",
        },
    ),
    "zh": Phrases(
        language="zh",
        because="推荐理由：{reasons}。",
        words="含有您提到的「{words}」",
        near="与您选过的「{title}」相似",
        named="人们常把它与您所说的内容一起选择",
        fallback="与列表中的其他内容相配",
        separator="，",
        sources={
            "similarity": "描述与您想找的意思相近",
            "lexical-match": "描述中用词相同",
            "co-events": "与您品味相近的人也选了它",
            "collaborative": "与您品味相近的人常选这样的内容",
            "text-map": "描述与人们常一起选择的内容相近",
            "few-shot": "与您开始时选择相近的人后来也选了它",
            "two-tower": "描述与像您这样的人常选的内容相近",
            "sentence-map": "寻找类似内容的人常选它",
            "item-neighbours": "人们常把它与这类内容一起选择",
            "sequence": "人们选过您最近所选的内容后常接着选它",
            "affinity": "与您选过的属于同类或特征相同",
            "graph": "与您选过或提到的内容相关",
            "popular": "很多人选择",
            "freshness": "新近上架",
            "is_new": "刚刚上架",
            "interaction": "适合与您表达和选择相近的人",
        },
    ),
}
