"""An item that the shop does not have, for whoever wants to see a new one found."""

SUNDIAL = {
    "title": "Brass sundial for the balcony",
    "description": "Tells the time by the sun, with a compass to set it north and engraved Roman numerals.",
    "categories": ["居家生活 Home and living"],
    "tags": ["sundial", "日晷"],
    "language": "en",
    "price": 420,
}
SUNDIAL_SENTENCE = "阳台上放一个看时间的日晷"
