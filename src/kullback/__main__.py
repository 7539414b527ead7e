"""Entry point of ``kullback`` and ``python -m kullback``."""

import sys


def main() -> int:
    """Run the command line; say which extra is missing where it cannot start."""
    try:
        from kullback.cli import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "kullback":
            raise
        sys.stderr.write(
            f"kullback: the command line needs {error.name}; install it with: pip install 'kullback[report]'\n"
        )
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
