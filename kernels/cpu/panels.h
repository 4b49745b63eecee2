#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels {

/// A weight matrix cut into panels: some neighbouring outputs with all their inputs, one behind the
/// other, so that a thread reads its outputs as one stream. y[n] = sum over k of x[k] * W[k, n].
///
///   Q8_0   16 outputs x 32 inputs take 544 bytes: 16 scales (f16 bits), then for each 4 inputs 16
///          times 4 bytes, the value + 128
///   Q4_0   the same of 288 bytes: 16 scales, then 4 times 64 bytes; byte 4n + j of line i holds
///          output n, input 4i + j in its low and input 16 + 4i + j in its high nibble
///   Q4_K   16 outputs x 256 inputs take 2304 bytes: 16 scales, 16 scales of the minima, the twelve
///          bytes of 6-bit scales, 16 of each; then 32 lines as in Q4_0, but a high nibble holds
///          the input 32 further on
///   Q6_K   the same of 3360 bytes: 16 scales, 16 times 16 scales; then for each half of the inputs
///          16 lines of low and 8 of high bits, in the file's order
///   Q4_1, Q2_K, Q3_K, Q5_K, IQ4_NL, IQ4_XS, MXFP4   the same way: scales first, then lines of high
///          and of low bits
///   Q5_0, Q5_1   so too; bit i of byte j in the line of high bits belongs to input 4i + j
///   F32, F16, F8E4M3   64 outputs of input 0, 64 of input 1, ...; the last panel is as wide as
///   what
///          remains, a multiple of 16
///   BF16   the same, but two inputs of each output side by side: inputs 0 and 1 of 64 outputs, ...
///   I8     the same with four inputs side by side
///
/// A panel has as many bytes as its outputs have in a file, so it can be laid out where they lie.
/// The scales of I8 and F8E4M3 stay apart: a few for each output. The byte orders are those of
/// vpdpbusd, four products of one output added in a lane, and of vdpbf16ps, two.
struct PanelMatrix {
    DType type = DType::F32;
    const std::byte* data = nullptr;
    const std::uint16_t* scales =
        nullptr;                       ///< [numGroups, numOut] bf16 bits, with I8 and only then
    const float* rowScales = nullptr;  ///< [numOut], only with F8E4M3
    int numIn = 0;
    int numOut = 0;
    int numGroups = 1;  ///< input k takes scale row k * numGroups / numIn
};

/// Outputs of a panel: 16 for block types, 64 for plain ones, whose last one may have fewer.
int panelOutputs(DType type);

/// Whether there are panels of this type and size: any type but I32; outputs in sixteens, whole
/// blocks, an even number of BF16 inputs, I8 inputs in fours in each of `numGroups` groups.
bool canPanel(DType type, int numIn, int numOut, int numGroups = 1);

/// Bytes of a panel of panelOutputs(type) outputs, and so from one to the next.
std::size_t panelBytes(DType type, int numIn);

/// Lays out one panel.
///   rows   [outputs, numIn]  as a GGUF or Hugging Face file stores them; any type of
///          canPanel() but I8
///   panel  out, as many bytes; must not overlap `rows`
void panelFromRows(DType type, const std::byte* rows, int numIn, int outputs, std::byte* panel);

/// The same for plain types stored the other way round, as xAI checkpoints do.
///   columns  [numIn, numOut]  the panel that begins with output `firstOut` is taken
void panelFromColumns(
    DType type, const std::byte* columns, int numIn, int numOut, int firstOut, std::byte* panel);

/// Output `out` of a matrix in panels, its numIn weights as f32: a row of an embedding. Without the
/// scales of I8 and F8E4M3.
void readPanelRow(const PanelMatrix& matrix, int out, float* row);

}  // namespace gatescope::kernels
