"""Figures of the course, a module a lecture: pure functions that return a figure with its text alternative."""
