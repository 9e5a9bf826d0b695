"""The HTML door: themes, forms, access."""
