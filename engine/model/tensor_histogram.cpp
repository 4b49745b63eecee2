#include "engine/model/tensor_histogram.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/check.h"
#include "engine/model/convert/tensor_rows.h"

namespace gatescope {
namespace {

constexpr std::int64_t kElementsAtOnce = std::int64_t{1} << 20U;

/// One tensor's memory.
struct Held {
    std::vector<std::byte> data;
    std::vector<std::uint16_t> scales;
    std::vector<float> rowScales;
    TensorMemory memory;

    explicit Held(const TensorLayout& layout) : data(layout.dataBytes()) {
        memory.data = data.data();
        if (layout.scaleBytes() == 0) return;
        if (layout.dtype == DType::I8) {
            scales.resize(layout.scaleBytes() / sizeof(std::uint16_t));
            memory.scales = scales.data();
        } else {
            rowScales.resize(layout.scaleBytes() / sizeof(float));
            memory.rowScales = rowScales.data();
        }
    }
};

/// Calls `visit(values)` for all rows, some at a time. False: stopped.
bool eachPart(const TensorLayout& layout,
              const TensorMemory& memory,
              const std::stop_token& stop,
              const std::function<void(std::span<const float>)>& visit) {
    const RowShape shape = rowShapeOf(layout.slot);
    const std::int64_t step =
        std::clamp<std::int64_t>(kElementsAtOnce / shape.numColumns, 1, shape.numRows);
    std::vector<float> values;
    for (std::int64_t matrix = 0; matrix < shape.numMatrices; ++matrix)
        for (std::int64_t row = 0; row < shape.numRows; row += step) {
            if (stop.stop_requested()) return false;
            const std::int64_t rows = std::min(step, shape.numRows - row);
            values.resize(static_cast<std::size_t>(rows * shape.numColumns));
            copyRows(layout,
                     memory,
                     {.matrix = matrix, .firstRow = row, .numRows = rows},
                     values.data());
            visit(values);
        }
    return true;
}

/// Range and moments; Welford's sums of each part are joined by Chan's formula.
/// Source: Chan, Golub, LeVeque 1979, "Updating Formulae and a Pairwise Algorithm".
void addMoments(std::span<const float> part, TensorHistogram& h, double& squares) {
    double sum = 0;
    for (const float v : part) {
        h.low = std::min(h.low, static_cast<double>(v));
        h.high = std::max(h.high, static_cast<double>(v));
        h.zeros += v == 0 ? 1 : 0;
        sum += static_cast<double>(v);
    }
    const auto count = static_cast<double>(part.size());
    const double mean = sum / count;
    double own = 0;
    for (const float v : part)
        own += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
    const auto before = static_cast<double>(h.values);
    const double step = mean - h.mean;
    squares += own + step * step * before * count / (before + count);
    h.mean += step * count / (before + count);
    h.values += part.size();
}

void countValues(std::span<const float> part, TensorHistogram& h) {
    const double scale =
        h.high > h.low ? static_cast<double>(h.counts.size()) / (h.high - h.low) : 0;
    const std::size_t last = h.counts.size() - 1;
    for (const float v : part)
        ++h.counts[std::min(last,
                            static_cast<std::size_t>((static_cast<double>(v) - h.low) * scale))];
}

}  // namespace

std::optional<TensorHistogram> tensorHistogram(const ModelSource& source,
                                               std::size_t tensor,
                                               int bins,
                                               const std::stop_token& stop) {
    GS_CHECK(bins >= 1 && tensor < source.layouts().size());
    const TensorLayout& layout = source.layouts()[tensor];
    requireMemory(source.name(), layout.dataBytes() + layout.scaleBytes(), availableMemory());
    const Held held(layout);
    if (source.readTensor(tensor, held.memory, stop) == LoadOutcome::Stopped) return std::nullopt;
    TensorHistogram h{.low = std::numeric_limits<double>::infinity(),
                      .high = -std::numeric_limits<double>::infinity(),
                      .counts = std::vector<std::uint64_t>(static_cast<std::size_t>(bins))};
    double squares = 0;
    if (!eachPart(layout, held.memory, stop, [&](auto part) { addMoments(part, h, squares); }))
        return std::nullopt;
    h.deviation = std::sqrt(squares / static_cast<double>(h.values));
    if (!eachPart(layout, held.memory, stop, [&](auto part) { countValues(part, h); }))
        return std::nullopt;
    return h;
}

}  // namespace gatescope
