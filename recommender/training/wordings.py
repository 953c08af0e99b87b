"""How visitors put what they want: frames for words, in English and Chinese, with the ways of joining words.

A frame has one gap for all the words, or two for a first part and a rest. They have to differ in more than politeness:
what learns from such sentences should meet bare words, questions, half sentences and whole ones.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The frames of one language: with one gap, with two, and around a phrase of a title (the first gap)."""

    single: tuple[str, ...]
    double: tuple[str, ...]
    titled: tuple[str, ...]
    joiners: tuple[str, ...]


ENGLISH = Wording(
    single=(
        "I'm after {}",
        "do you sell {}?",
        "got any {}?",
        "any {} worth having?",
        "need {} soon",
        "Show me {}",
        "Show me the best {} you have!",
        "which {} would you pick?",
        "Where can I find {}?",
        "{} would be great",
        "{} is what I had in mind.",
        "I could do with {}",
        "help me choose: {}",
        "It is a present, the person is into {}.",
        "Lately I keep coming back to {}",
        "In the mood for {}",
        "big fan of {}",
        "Not sure yet, perhaps {}",
        "{} - what's good?",
        "Hello, I would need {}.",
        "more {}",
        "I usually go for {}.",
        "searching {}",
        "{} for a friend",
        "has anybody tips on {}?",
        "We were talking about {} the other day and now I want to see some",
    ),
    double=(
        "{}, ideally {}",
        "{} with a bit of {}",
        "I'd take {}, and {} too",
        "first of all {}, then {}",
        "{}? or else {}",
        "a cross between {} and {}",
        "Are there {} that go with {}?",
        "I know {} well. Now {}!",
    ),
    titled=(
        "similar to {}, {}",
        "{} was good, now {}",
        "I enjoyed {}, so maybe {}",
        "{} or any other {}",
        "What comes close to {}? I care about {}",
    ),
    joiners=(", ", " and ", " ", " & ", " plus ", " / ", "; "),
)
CHINESE = Wording(
    single=(
        "我想找{}",
        "有没有{}？",
        "推荐一下{}",
        "最近喜欢{}",
        "想要{}",
        "来点{}",
        "{}有什么好的？",
        "给朋友选{}",
        "平时偏爱{}",
        "对{}很感兴趣",
        "需要{}，急用",
        "麻烦帮我挑挑{}",
        "哪些{}比较好",
        "还有{}吗",
        "比较在意{}。",
        "一直想试试{}",
        "你好，请问{}在哪里？",
        "心里想的是{}",
        "求{}",
        "随便看看，也许{}",
    ),
    double=(
        "{}，最好{}",
        "{}加一点{}",
        "先要{}，再看看{}",
        "要么{}，要么{}",
        "{}和{}之间的那种",
        "有{}的{}",
    ),
    titled=(
        "类似{}的{}",
        "{}不错，还想要{}",
        "喜欢{}，所以找{}",
        "像{}那样，{}",
    ),
    joiners=("、", "和", "，", " ", "跟", "或者"),
)
