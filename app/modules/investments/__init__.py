"""Investments: one person's money in one deal, from the first question to the holding and its receipt."""
