"""Grading a class in parallel: work for many processes, one writer, and a journal that loses nothing."""
