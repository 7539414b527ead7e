"""Compiled kernels: numpy and numba only, each file on its own, no statistics and no messages."""
