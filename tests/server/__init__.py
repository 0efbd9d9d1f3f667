"""Tests against somebody else's inference server: `make test-server`."""
