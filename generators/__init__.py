"""Families of tests, one file each; `synthctx.tasks` finds them."""
