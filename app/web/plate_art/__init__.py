"""The drawings behind the plates: each a function of a random source, on a sheet of 640 by 360."""
