"""What a Python program calls: `sklpar.tune`, `sklpar.load`, `sklpar.applied`."""
