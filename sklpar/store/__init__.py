"""The run folder and the result document: written as trials finish, read by every report."""
