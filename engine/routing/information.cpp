#include "engine/routing/information.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/check.h"
#include "engine/routing/distributions.h"

namespace gatescope {

double entropyBits(std::span<const double> shares) {
    double bits = 0;
    for (const double f : shares)
        if (f > 0) bits -= f * std::log2(f);
    return bits;
}

Statistic mutualInformation(const JointTable& table) {
    const auto rows = static_cast<std::size_t>(table.rows);
    const auto columns = static_cast<std::size_t>(table.columns);
    GS_CHECK_EQ(table.cells.size(), rows * columns);
    Statistic result{.value = {}, .count = table.observations, .chance = {}, .thin = true};
    std::vector<double> rowSums(rows, 0);
    std::vector<double> columnSums(columns, 0);
    double total = 0;
    for (std::size_t i = 0; i < table.cells.size(); ++i) {
        rowSums[i / columns] += table.cells[i];
        columnSums[i % columns] += table.cells[i];
        total += table.cells[i];
    }
    if (total <= 0 || table.observations == 0) return result;
    double bits = 0;
    for (std::size_t i = 0; i < table.cells.size(); ++i) {
        const double cell = table.cells[i];
        if (cell > 0)
            bits += cell / total *
                    std::log2(cell * total / (rowSums[i / columns] * columnSums[i % columns]));
    }
    result.value = std::max(0.0, bits);
    const auto used = [](const std::vector<double>& sums) {
        return static_cast<double>(std::ranges::count_if(sums, [](double s) { return s > 0; }));
    };
    const double degrees = (used(rowSums) - 1) * (used(columnSums) - 1);
    const auto observations = static_cast<double>(table.observations);
    const double scale = 2 * observations * std::numbers::ln2;
    result.chance = {degrees / scale, 0, 0};
    if (degrees > 0) {
        result.chance->low = chiSquareQuantile((1 - kConfidence) / 2, degrees) / scale;
        result.chance->high = chiSquareQuantile((1 + kConfidence) / 2, degrees) / scale;
    }
    result.thin = observations < 5 * used(rowSums) * used(columnSums);
    return result;
}

}  // namespace gatescope
