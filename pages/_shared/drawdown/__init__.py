"""Views of the Drawdown page, one module each."""
