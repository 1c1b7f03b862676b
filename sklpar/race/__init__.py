"""Which setting to measure next, and when to stop: pure functions of the samples so far."""
