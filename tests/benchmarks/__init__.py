"""Speed as ratios within one run: `python -m tests.benchmarks`. See docs/performance.md."""
