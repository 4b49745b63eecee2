#include "tests/unit/engine/routing/routing_samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gatescope::test {
namespace {

std::vector<float> softmax(std::mt19937& random, int experts) {
    std::normal_distribution<double> logit(0.0, 1.5);
    std::vector<double> p;
    for (int e = 0; e < experts; ++e) p.push_back(std::exp(logit(random) - 1.0 * e / experts));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    std::vector<float> row;
    for (const double value : p) row.push_back(static_cast<float>(value / sum));
    return row;
}

}  // namespace

RoutingRecordPtr record(const std::vector<std::vector<float>>& rows, int numSelected) {
    auto r = std::make_shared<RoutingRecord>();
    r->numLayers = static_cast<int>(rows.size());
    r->numExperts = static_cast<int>(rows[0].size());
    r->numSelected = numSelected;
    for (const auto& row : rows) {
        r->probs.insert(r->probs.end(), row.begin(), row.end());
        std::vector<std::int32_t> order(row.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, [&](auto a, auto b) {
            return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
        });
        for (int s = 0; s < numSelected; ++s) {
            const auto expert = order[static_cast<std::size_t>(s)];
            r->selected.push_back(expert);
            r->gates.push_back(row[static_cast<std::size_t>(expert)]);
        }
    }
    return r;
}

RoutingRecordPtr choices(const std::vector<std::vector<int>>& rows, int numExperts) {
    std::vector<std::vector<float>> probs;
    for (const auto& row : rows) {
        std::vector<float> p(static_cast<std::size_t>(numExperts),
                             0.125F / static_cast<float>(numExperts));
        float share = 0.5F;
        for (const int expert : row) {
            p[static_cast<std::size_t>(expert)] = share;
            share *= 0.75F;
        }
        const float sum = std::accumulate(p.begin(), p.end(), 0.0F);
        for (float& value : p) value /= sum;
        probs.push_back(p);
    }
    return record(probs, static_cast<int>(rows[0].size()));
}

RoutingRecordPtr randomRecord(std::mt19937& random, const RouterShape& shape) {
    std::vector<std::vector<float>> rows;
    for (int layer = 0; layer < shape.layers; ++layer)
        rows.push_back(softmax(random, shape.experts));
    return record(rows, shape.selected);
}

RoutingRecordPtr uniformRecord(std::mt19937& random, const RouterShape& shape) {
    std::vector<std::vector<float>> rows;
    for (int layer = 0; layer < shape.layers; ++layer) {
        auto& row = rows.emplace_back();
        double sum = 0;
        for (int e = 0; e < shape.experts; ++e) {
            row.push_back(static_cast<float>(1 + (random() >> 8U)));
            sum += row.back();
        }
        for (float& p : row) p = static_cast<float>(p / sum);
    }
    return record(rows, shape.selected);
}

RoutingTrace randomTrace(std::mt19937& random, const RouterShape& shape, int tokens) {
    RoutingTrace trace(shape.layers, shape.experts);
    for (int t = 0; t < tokens; ++t)
        trace.append(t % 11 == 3 ? nullptr : randomRecord(random, shape),
                     t % 3 == 0 ? TokenOrigin::Prompt : TokenOrigin::Generated);
    return trace;
}

}  // namespace gatescope::test
