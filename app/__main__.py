"""`python -m app` is `pantau`."""

from app.cli import main

if __name__ == "__main__":
    main()
