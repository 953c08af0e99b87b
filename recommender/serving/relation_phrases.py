"""The words of a path along relations: “same director as …”, “it goes with …, like …”, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_OPAQUE = re.compile(r"[\w.:/-]*\d[\w.:/-]*")
"""A name that is one token with a digit in it is an id of somebody's, such as m.0dyb1: it says nothing to a reader."""


@dataclass(frozen=True, slots=True)
class Path:
    """The strongest path to an item, with titles: see `RelationPaths`. `seed` is empty where the sentence named it."""

    relation: str
    seed: str
    between: str
    name: str
    forward: bool
    is_head: bool


@dataclass(frozen=True, slots=True)
class RelationWords:
    """One language's words. `same` are nouns of what two items share, `ties` sentences about head {a} and tail {b}."""

    title: str
    it: str
    same: str
    shares: str
    named: str
    told: str
    like: str
    alike: str
    onward: str
    tie: str
    nouns: Mapping[str, str]
    ties: Mapping[str, str]

    def phrase(self, path: Path) -> str:
        """The path as a reason."""
        relation = readable(path.relation)
        noun = self.nouns.get(relation)
        name = "" if _OPAQUE.fullmatch(path.name) else path.name
        if not path.seed:
            return self.named.format(relation=noun or relation, name=path.name)
        seed = self.title.format(path.seed)
        if path.between:
            tie = self._tie(relation, self.title.format(path.between), path.is_head)
            together = self.like if path.is_head else self.alike
            return (together if path.forward == path.is_head else self.onward).format(tie=tie, title=seed)
        if not path.name:
            return self._tie(relation, seed, path.is_head)
        shared = (self.same if noun else self.shares).format(relation=noun or relation, title=seed)
        return shared + (self.told.format(name) if name else "")

    def _tie(self, relation: str, other: str, is_head: bool) -> str:
        a, b = (self.it, other) if is_head else (other, self.it)
        return self.ties.get(relation, self.tie).format(a=a, b=b, relation=relation)


def readable(relation: str) -> str:
    """A relation's name as words: `film.film.directed_by` → directed by."""
    return " ".join(re.split(r"[_\s-]+", relation.rsplit(".", 1)[-1].strip().lower()))


_ALIKE = {
    "director": ("director", "directed by"),
    "actor": ("actor", "actors", "starring", "cast", "stars"),
    "writer": ("writer", "written by"),
    "author": ("author", "authors"),
    "producer": ("producer", "produced by"),
    "composer": ("composer", "composed by"),
    "artist": ("artist", "performer", "performed by"),
    "designer": ("designer", "designed by"),
    "maker": ("maker", "made by", "manufacturer"),
    "brand": ("brand",),
    "publisher": ("publisher", "published by"),
    "studio": ("studio", "production companies", "production company"),
    "series": ("series", "part of series"),
    "origin": ("origin", "made in"),
    "setting": ("setting", "set in"),
    "genre": ("genre", "genres"),
    "subject": ("subject", "subjects", "topic", "about"),
    "country": ("country",),
    "language": ("language",),
}
_CHINESE = {
    "director": "导演",
    "actor": "演员",
    "writer": "编剧",
    "author": "作者",
    "producer": "制片人",
    "composer": "作曲",
    "artist": "艺术家",
    "designer": "设计师",
    "maker": "制造商",
    "brand": "品牌",
    "publisher": "出版社",
    "studio": "制作公司",
    "series": "系列",
    "origin": "产地",
    "setting": "故事背景",
    "genre": "类型",
    "subject": "主题",
    "country": "国家",
    "language": "语言",
}

RELATION_WORDS: dict[str, RelationWords] = {
    "en": RelationWords(
        title="“{}”",
        it="it",
        same="same {relation} as {title}",
        shares="shares {relation} with {title}",
        named="{relation}: {name}, which you named",
        told=" ({})",
        like="{tie}, like {title}",
        alike="{tie}, as with {title}",
        onward="{tie}, which is tied to {title}",
        tie="{a} and {b} are linked by {relation}",
        nouns={name: noun for noun, names in _ALIKE.items() for name in names},
        ties={
            "goes with": "{a} goes with {b}",
            "accessory of": "{a} is an accessory of {b}",
            "successor of": "{a} follows {b}",
            "sequel of": "{a} follows {b}",
            "part of": "{a} is part of {b}",
            "similar to": "{a} is similar to {b}",
            "same series": "{a} is of the same series as {b}",
            "topic of": "{a} is the topic of {b}",
        },
    ),
    "zh": RelationWords(
        title="「{}」",
        it="它",
        same="与{title}同一{relation}",
        shares="与{title}有相同的“{relation}”",
        named="{relation}：{name}，正如您所说",
        told="（{}）",
        like="{tie}，与{title}一样",
        alike="{tie}，对{title}也是如此",
        onward="{tie}，并由此与{title}相关",
        tie="{a}与{b}由“{relation}”相连",
        nouns={name: _CHINESE[noun] for noun, names in _ALIKE.items() for name in names},
        ties={
            "goes with": "{a}可搭配{b}",
            "accessory of": "{a}是{b}的配件",
            "successor of": "{a}是{b}的续作",
            "sequel of": "{a}是{b}的续作",
            "part of": "{a}是{b}的一部分",
            "similar to": "{a}与{b}相似",
            "same series": "{a}与{b}同属一个系列",
            "topic of": "{a}是{b}的主题",
        },
    ),
}
