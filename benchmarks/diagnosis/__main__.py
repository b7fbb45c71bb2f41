"""`make bench NAME=diagnosis`: the smoke benchmark on the test split."""

import sys
from pathlib import Path

# The generator is a folder of scripts, not a package: it stands beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from smoke import main

if __name__ == "__main__":
    sys.exit(main(["--split", "test", *sys.argv[1:]]))
