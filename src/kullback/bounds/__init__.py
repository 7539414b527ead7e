"""Causal effects under unmeasured confounding: what the data alone allow, and what one more assumption buys."""

__all__: list[str] = []
