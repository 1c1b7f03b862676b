"""The parent's side of a trial: start it, watch it from outside, bound it, kill it, collect it."""
