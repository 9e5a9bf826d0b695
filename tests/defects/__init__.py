"""Faults that somebody could make, each with the test that must see it: tests of the tests."""
