"""The features, each a folder with the same file names."""
