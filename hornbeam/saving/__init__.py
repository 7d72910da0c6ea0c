"""The saving room: models and weights in files, and back."""
