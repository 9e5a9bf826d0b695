"""Measurements of Portico beside bare baselines, both taken by turns in one run."""
