"""``python -m pyNN_brainscales_emu``: see `command_line`."""

from pyNN_brainscales_emu.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
