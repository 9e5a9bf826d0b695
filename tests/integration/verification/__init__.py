"""Explorers and the sources they are given."""
