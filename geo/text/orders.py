ORDER_SENTENCES: dict[str, tuple[str, str]] = {}
