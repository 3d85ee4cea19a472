"""IGTD: tables turned into images, read by a two-branch convolutional network."""
