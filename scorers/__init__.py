"""Families of rules, one file each; `synthctx.rules` finds them."""
