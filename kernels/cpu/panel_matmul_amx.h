#pragma once

#include "kernels/cpu/panel_matmul.h"

namespace gatescope::kernels {

/// panelMatmulInt8() by AMX, bit for bit the same: the sums of 32 inputs are exact, and what
/// follows has its order. Without hasAmx() by plain C++ in place of the tiles, slowly, for tests.
/// Source: Intel 64 manual, TDPBSSD.
void panelMatmulInt8Amx(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y);

/// Rows of a tile, and how many of them must be there for AMX to be the faster way (measured).
inline constexpr int kAmxRows = 16;
inline constexpr int kFewestAmxRows = 14;
inline constexpr int kFewestInt24AmxRows = 8;

/// Deals rows out: byTiles(rows, y) gets those that fill tiles, or all if the last tile has
/// `fewest` of its rows at least; byRows(rows, y) gets the rest. Neither gets none.
template <class Block, class ByTiles, class ByRows>
void tilesThenRows(const ActivationBlockRows<Block>& x,
                   OutputRows y,
                   int fewest,
                   const ByTiles& byTiles,
                   const ByRows& byRows) {
    const int full = x.count / kAmxRows * kAmxRows;
    ActivationBlockRows<Block> part = x;
    part.count = x.count - full >= fewest ? x.count : full;
    if (part.count > 0) byTiles(part, y);
    if (part.count == x.count) return;
    y.data = y.row(part.count);
    if (part.index != nullptr)
        part.index += part.count;
    else
        part.first += part.count;
    part.count = x.count - part.count;
    byRows(part, y);
}

/// panelMatmulInt24() by AMX, bit for bit the same. Without hasAmx() as panelMatmulInt8Amx().
void panelMatmulInt24Amx(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y);

/// panelMatmulBf16() by AMX: of each 32 inputs the products of the even and of the odd ones are
/// added one after the other, then both sums, then that to the sum of those before. Subnormal
/// numbers count as 0. A single row by multiply-adds in that order, the same bits. Without hasAmx()
/// by plain C++ in place of the tiles, slowly, for tests.
/// Source: Intel 64 manual, TDPBF16PS.
void panelMatmulBf16Amx(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y);

}  // namespace gatescope::kernels
