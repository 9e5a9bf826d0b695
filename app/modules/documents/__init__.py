"""Files people give and get: checked, stored outside the web root, opened by right, every opening logged."""
