"""The doctor: what this machine is to parallel scikit-learn, judged, and measured on demand."""
