"""From outcomes to what they mean: estimates, the same-answer check, findings, a recommendation."""
