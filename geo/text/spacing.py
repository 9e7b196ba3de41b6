"""The spaces French typography asks for."""


def spaced(text: str) -> str:
    """Put a narrow space before high punctuation and inside quotes, so that no sentence forgets one."""
    for sign in ":;?!%":
        text = text.replace(f" {sign}", f"\u202f{sign}")
    return text.replace("« ", "«\u202f").replace(" »", "\u202f»")
