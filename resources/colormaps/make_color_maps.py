#!/usr/bin/env python3
"""Writes ui/routing/color_map_tables.h: 256 sRGB colours for each of the heatmap's colour maps, and
resources/recording-page/cividis.js, the first of them for an exported page.

cividis  Nunez, Anderton, Renslow, "Optimizing colormaps with consideration for color vision
         deficiency", PLoS ONE 13(7): e0199239, 2018. Read from matplotlib (matplotlib licence).
viridis  Nathaniel J. Smith, Stefan van der Walt, Eric Firing, 2015; CC0. Read from matplotlib.
grey     computed here: CIE L* rises evenly from 12 to 98, so that equal steps look equal.

Needs matplotlib (pip install matplotlib==3.8.4). Run from the root of the source tree.
"""

import pathlib

from matplotlib import colormaps

SIZE = 256
TARGET = pathlib.Path("ui/routing/color_map_tables.h")
PAGE_TARGET = pathlib.Path("resources/recording-page/cividis.js")


def grey_level(lightness):
    """sRGB byte of the neutral colour with this CIE L* (CIE 15:2004; IEC 61966-2-1)."""
    if lightness > 8:
        luminance = ((lightness + 16) / 116) ** 3
    else:
        luminance = lightness * 27 / 24389
    if luminance <= 0.0031308:
        encoded = 12.92 * luminance
    else:
        encoded = 1.055 * luminance ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def listed(name):
    return [tuple(round(255 * channel) for channel in row[:3]) for row in colormaps[name].colors]


def grey():
    return [(grey_level(12 + 86 * i / (SIZE - 1)),) * 3 for i in range(SIZE)]


def table(name, colours):
    assert len(colours) == SIZE, name
    words = ["0x{:02x}{:02x}{:02x}".format(*colour) for colour in colours]
    rows = ["    " + ", ".join(words[i : i + 8]) + "," for i in range(0, SIZE, 8)]
    head = f"inline constexpr std::array<std::uint32_t, {SIZE}> k{name.capitalize()}Table{{"
    return "\n".join([head, *rows, "};"])


def script(colours):
    words = ["0x{:02x}{:02x}{:02x}".format(*colour) for colour in colours]
    rows = ["  " + ", ".join(words[i : i + 8]) + "," for i in range(0, SIZE, 8)]
    return "\n".join([
        "// Written by resources/colormaps/make_color_maps.py, which names the source. Do not edit.",
        "const CIVIDIS = [", *rows, "];", ""])


def main():
    PAGE_TARGET.write_text(script(listed("cividis")))
    tables = [table("cividis", listed("cividis")), table("viridis", listed("viridis")),
              table("grey", grey())]
    TARGET.write_text(
        "#pragma once\n\n"
        "// Written by resources/colormaps/make_color_maps.py, which names the sources. Do not edit.\n\n"
        "#include <array>\n#include <cstdint>\n\n"
        "// clang-format off\nnamespace gatescope {\n\n" + "\n\n".join(tables) +
        "\n\n}  // namespace gatescope\n// clang-format on\n")


if __name__ == "__main__":
    main()
