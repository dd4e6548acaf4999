"""`python -m sightline` is `sightline`."""

from sightline.cli.main import main

if __name__ == "__main__":
    main()
