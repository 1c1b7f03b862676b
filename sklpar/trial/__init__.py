"""The child process of one trial: build, cap, fit, prove, answer, report."""
