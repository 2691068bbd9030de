"""Predictions held against gold: reports, intervals, comparisons, and the files they lie in."""
