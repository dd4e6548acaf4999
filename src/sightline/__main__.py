"""The `sightline` command, and `python -m sightline`."""

import sys


def main() -> None:
    """Run the command; Ctrl-C while it is still being loaded is one line too."""
    try:
        from sightline.cli.main import main as run
    except KeyboardInterrupt:
        print("stopped; nothing had been done", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
