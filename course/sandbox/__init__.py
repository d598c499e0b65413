"""Kernels for code that nobody has read: each forked from a preloaded process and confined by the system's own means."""
