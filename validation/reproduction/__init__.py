"""The figures of a paper, made again: ours beside those read off, and why they differ."""
