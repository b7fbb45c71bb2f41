"""Start the program: ``python -m modelowners`` or ``modelowners``."""

from modelowners.cli.main import main

if __name__ == "__main__":
    main()
