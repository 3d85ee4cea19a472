"""Models of other people, run as programs: what a model file says, the command lines, and what their results mean."""
