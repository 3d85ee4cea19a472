"""The folders beside this file hold programs that tests run, not modules that they import."""

collect_ignore_glob = ["biases/*", "older/*", "curated/*", "image/*"]
