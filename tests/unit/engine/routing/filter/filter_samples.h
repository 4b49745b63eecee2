#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/routing/filter/routing_filter.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope::test {

/// Tokens written down, or drawn.
struct SampleTokens : FilterTokens {
    struct Sample {
        FilterToken facts;
        std::string text;
        RoutingRecordPtr routing;
    };
    std::vector<Sample> samples;

    Sample& add(std::string text, RoutingRecordPtr routing = nullptr, int message = 0) {
        samples.push_back({{}, std::move(text), std::move(routing)});
        samples.back().facts.message = message;
        return samples.back();
    }
    int size() const override { return static_cast<int>(samples.size()); }
    FilterToken at(int index) const override {
        const Sample& sample = samples[static_cast<std::size_t>(index)];
        FilterToken token = sample.facts;
        token.text = sample.text;
        token.routing = sample.routing.get();
        return token;
    }
};

inline std::string problemOf(const std::string& filter) {
    const auto parsed = RoutingFilter::parse(filter);
    return parsed.filter ? "none" : parsed.problem.sentence;
}

/// Indices that match, as "1 4 5"; or what is wrong with the filter.
inline std::string matching(const std::string& filter, const FilterTokens& tokens) {
    const auto parsed = RoutingFilter::parse(filter);
    if (!parsed.filter) return parsed.problem.sentence;
    std::string text;
    for (const int index : matchesOf(*parsed.filter, tokens))
        text += (text.empty() ? "" : " ") + std::to_string(index);
    return text;
}

}  // namespace gatescope::test
