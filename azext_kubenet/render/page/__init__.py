"""The page that `--report` writes: one self-contained HTML document, without script and without a request."""
