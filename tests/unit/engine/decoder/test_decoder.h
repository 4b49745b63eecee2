#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/decoder/decoder.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

/// A tiny model of random weights, made anew for each call: a test may spoil it.
std::shared_ptr<const ModelWeights> randomWeights(const ModelConfig& config = tinyConfig(),
                                                  const TinyOptions& options = {});

/// Puts `value` into a loaded weight, which is immutable for everybody else.
void spoil(std::span<const float> weight, float value, std::size_t at = 0);

/// The same weights cut for several ranks; `weights` stay as they are.
std::shared_ptr<const ModelWeights> cutForRanks(std::shared_ptr<const ModelWeights> weights,
                                                int ranks);

/// "ranks": the cpu decoder on two of them.
std::unique_ptr<Decoder> decoderOf(const std::string& kind,
                                   std::shared_ptr<const ModelWeights> weights,
                                   int threads = 2);

/// Ids that look random, without padding.
std::vector<TokenId> someTokens(const ModelConfig& config, int count);

/// Runs `tokens` as one batch from the start, taps and all logits asked for.
StepOutput runAll(Decoder& decoder,
                  std::span<const TokenId> tokens,
                  const InterventionSet& interventions = {});

/// All there are. A CUDA thread costs ThreadSanitizer a millisecond, and a step has ten thousand:
/// there the kernels alone are watched (cuda_kernels_test).
std::vector<std::string> decoderKinds();

/// A test body for each decoder.
class EveryDecoder : public testing::TestWithParam<std::string> {
  public:
    static std::string nameOf(const testing::TestParamInfo<std::string>& test) {
        return test.param;
    }

  protected:
    static std::unique_ptr<Decoder> decoder(std::shared_ptr<const ModelWeights> weights) {
        return decoderOf(GetParam(), std::move(weights));
    }
};

}  // namespace gatescope::test
