"""Words of documents in English and French: one catalogue, one place that knows how each language writes numbers."""

from geo.text.reasons import change_text, reason_text
from geo.text.speaking import (
    LANGUAGES,
    Language,
    Sentence,
    catalogue,
    join_sentences,
    say,
    sentence_from,
    sentence_text,
    sentence_values,
    with_values,
    word,
    words_text,
)
from geo.text.writing import clock_text, day_text, duration_text, list_text, number_text

__all__ = [
    "LANGUAGES",
    "Language",
    "Sentence",
    "catalogue",
    "change_text",
    "clock_text",
    "day_text",
    "duration_text",
    "join_sentences",
    "list_text",
    "number_text",
    "reason_text",
    "say",
    "sentence_from",
    "sentence_text",
    "sentence_values",
    "with_values",
    "word",
    "words_text",
]
