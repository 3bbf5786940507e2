"""Crosscheck: answers from a news archive, every sentence cited to the exact words of an article."""
