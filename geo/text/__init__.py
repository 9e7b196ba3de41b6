"""Words of documents in English and French: one catalogue, one place that knows how each language writes numbers."""

from geo.text.reasons import change_text, reason_text
from geo.text.speaking import LANGUAGES, Language, catalogue, say, word, words_text
from geo.text.warnings import warning_text
from geo.text.writing import clock_text, day_text, duration_text, list_text, number_text

__all__ = [
    "LANGUAGES",
    "Language",
    "catalogue",
    "change_text",
    "clock_text",
    "day_text",
    "duration_text",
    "list_text",
    "number_text",
    "reason_text",
    "say",
    "warning_text",
    "word",
    "words_text",
]
