#pragma once

#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/error.h"
#include "engine/parallel/communicator.h"

namespace gatescope::test {

/// What each rank ended with: "" or what it threw.
using Ends = std::vector<std::string>;

/// Each rank on a thread of its own; one that throws makes the others give up.
inline Ends runOnRanks(CommunicatorGroup& group, const std::function<void(Communicator&)>& body) {
    Ends ends(static_cast<std::size_t>(group.size()));
    {
        std::vector<std::jthread> threads;
        for (int rank = 0; rank < group.size(); ++rank)
            threads.emplace_back([&, rank] {
                try {
                    body(group.rank(rank));
                } catch (const Error& error) {
                    ends[static_cast<std::size_t>(rank)] = error.what();
                    group.abort();
                }
            });
    }
    return ends;
}

/// The same for the same rank, count and seed.
inline std::vector<float> valuesOf(int rank, std::size_t count, unsigned seed) {
    std::mt19937 random(seed * 100 + static_cast<unsigned>(rank));
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& value : values) value = normal(random);
    return values;
}

}  // namespace gatescope::test
