"""The story of `guard`: what is asked, the trials that answer it, and the verdict."""
