#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "engine/routing/routing_record.h"

namespace gatescope::test {

/// A record with the properties of a real one: rows are softmaxes, the selected experts are the
/// most likely ones, gates are their probabilities. Seeded.
inline RoutingRecord makeRecord(int layers, int experts, int selected, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> logit(0.0F, 1.2F);
    RoutingRecord record{layers, experts, selected, {}, {}, {}};
    for (int layer = 0; layer < layers; ++layer) {
        std::vector<float> row(static_cast<std::size_t>(experts));
        for (float& p : row) p = std::exp(logit(random));
        const float sum = std::accumulate(row.begin(), row.end(), 0.0F);
        for (float& p : row) p /= sum;
        std::vector<std::int32_t> order(row.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&row](std::int32_t a, std::int32_t b) {
            return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
        });
        record.probs.insert(record.probs.end(), row.begin(), row.end());
        for (int k = 0; k < selected; ++k) {
            const std::int32_t expert = order[static_cast<std::size_t>(k)];
            record.selected.push_back(expert);
            record.gates.push_back(row[static_cast<std::size_t>(expert)]);
        }
    }
    return record;
}

}  // namespace gatescope::test
