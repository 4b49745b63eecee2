#!/usr/bin/env python3
"""Writes ui/routing/color_map_tables.h: 256 sRGB colours for each of the heatmap's colour maps, 257 for
differences; and resources/recording-page/cividis.js, the first of them for an exported page.

cividis  Nunez, Anderton, Renslow, "Optimizing colormaps with consideration for color vision
         deficiency", PLoS ONE 13(7): e0199239, 2018. Read from matplotlib (matplotlib licence).
viridis  Nathaniel J. Smith, Stefan van der Walt, Eric Firing, 2015; CC0. Read from matplotlib.
grey     computed here: CIE L* rises evenly from 12 to 98, so that equal steps look equal.
difference  computed here: CIE L*a*b* from blue over the neutral grey of L* 50 to orange, L* rising
         evenly from 20 to 80. Its middle entry, 128 of 257, is exactly neutral.

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


def difference():
    """Blue, mid grey, orange: apart for every kind of colour vision, and in grey by lightness."""
    blue, orange = (8.0, -46.0), (28.0, 56.0)  # a*, b* of the ends
    colours = []
    for i in range(SIZE + 1):
        away = (i - SIZE / 2) / (SIZE / 2)  # -1 to 1
        a, b = blue if away < 0 else orange
        colours.append(lab_colour(50 + 30 * away, a * abs(away), b * abs(away)))
    return colours


def lab_colour(lightness, a, b):
    """sRGB bytes of a colour in CIE L*a*b*, D65 (CIE 15:2004; IEC 61966-2-1). Where sRGB has none,
    of the most colourful one of the same lightness and hue."""

    def cube(t):
        return t**3 if t > 6 / 29 else 3 * (6 / 29) ** 2 * (t - 4 / 29)

    def linear(chroma):
        fy = (lightness + 16) / 116
        x, y = 0.95047 * cube(fy + chroma * a / 500), cube(fy)
        z = 1.08883 * cube(fy - chroma * b / 200)
        return (3.2406 * x - 1.5372 * y - 0.4986 * z, -0.9689 * x + 1.8758 * y + 0.0415 * z,
                0.0557 * x - 0.2040 * y + 1.0570 * z)

    chroma = next(c / 100 for c in range(100, -1, -1)
                  if c == 0 or all(0 <= channel <= 1 for channel in linear(c / 100)))
    return tuple(encoded_byte(channel) for channel in linear(chroma))


def encoded_byte(linear):
    if linear <= 0.0031308:
        return round(255 * 12.92 * linear)
    return round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))


def table(name, colours):
    words = ["0x{:02x}{:02x}{:02x}".format(*colour) for colour in colours]
    rows = ["    " + ", ".join(words[i : i + 8]) + "," for i in range(0, len(words), 8)]
    head = f"inline constexpr std::array<std::uint32_t, {len(colours)}> k{name.capitalize()}Table{{"
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
              table("grey", grey()), table("difference", difference())]
    TARGET.write_text(
        "#pragma once\n\n"
        "// Written by resources/colormaps/make_color_maps.py, which names the sources. Do not edit.\n\n"
        "#include <array>\n#include <cstdint>\n\n"
        "// clang-format off\nnamespace gatescope {\n\n" + "\n\n".join(tables) +
        "\n\n}  // namespace gatescope\n// clang-format on\n")


if __name__ == "__main__":
    main()
