"""Lessons are scripts for ``hornbeam run``, not modules to import."""

collect_ignore_glob = ["lessons/*"]
