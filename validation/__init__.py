"""What takes minutes: coverage, sizes, comparisons, speed. Run it with ``python -m validation.run``."""
