"""`python -m synthctx`."""

from synthctx.cli.main import main

if __name__ == "__main__":
    main()
