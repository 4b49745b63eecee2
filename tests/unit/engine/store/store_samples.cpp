#include "tests/unit/engine/store/store_samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "kernels/quant/float_types.h"

namespace gatescope::test {

RoutingRecordPtr randomRecord(std::mt19937& random, int layers, int experts, int selected) {
    auto record = std::make_shared<RoutingRecord>();
    record->numLayers = layers;
    record->numExperts = experts;
    record->numSelected = selected;
    std::normal_distribution<float> logit(0.0F, 1.5F);
    for (int layer = 0; layer < layers; ++layer) {
        std::vector<float> p(static_cast<std::size_t>(experts));
        for (float& value : p) value = std::exp(logit(random));
        const float sum = std::accumulate(p.begin(), p.end(), 0.0F);
        for (float& value : p) value /= sum;
        std::vector<std::int32_t> order(p.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, [&](auto a, auto b) {
            return p[static_cast<std::size_t>(a)] > p[static_cast<std::size_t>(b)];
        });
        record->probs.insert(record->probs.end(), p.begin(), p.end());
        for (int s = 0; s < selected; ++s) {
            const auto expert = order[static_cast<std::size_t>(s)];
            record->selected.push_back(expert);
            record->gates.push_back(p[static_cast<std::size_t>(expert)]);
        }
        record->logSumExps.push_back(std::log(sum));
    }
    return record;
}

std::vector<TokenRecord> tokensOf(
    const std::string& text, std::mt19937& random, int layers, int experts, int selected) {
    std::vector<TokenRecord> tokens;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        TokenRecord token;
        token.token = static_cast<TokenId>(random() % 32000);
        token.text = (tokens.empty() ? "" : " ") + word;
        token.generated = tokens.size() % 2 == 1;
        token.logProb = -static_cast<float>(random() % 1000) / 100.0F;
        token.routing = randomRecord(random, layers, experts, selected);
        tokens.push_back(std::move(token));
    }
    return tokens;
}

RoutingRecord roundedToHalf(RoutingRecord record) {
    for (float& p : record.probs) p = kernels::halfToFloat(kernels::floatToHalf(p));
    for (float& g : record.gates) g = kernels::halfToFloat(kernels::floatToHalf(g));
    return record;
}

}  // namespace gatescope::test
