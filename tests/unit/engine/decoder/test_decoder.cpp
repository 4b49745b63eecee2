#include "tests/unit/engine/decoder/test_decoder.h"

#include <utility>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/model/open_model.h"
#include "engine/parallel/shards.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/emulation/sanitizers.h"
#include "tests/support/test_paths.h"

namespace gatescope::test {

std::shared_ptr<const ModelWeights> randomWeights(const ModelConfig& config,
                                                  const TinyOptions& options) {
    const ScratchDir dir;
    writeTinyCheckpoint(dir.path() / "model", config, 7, options);
    return openModel((dir.path() / "model").string())->load({}, {});
}

void spoil(std::span<const float> weight, float value, std::size_t at) {
    const_cast<float*>(weight.data())[at] = value;
}

std::shared_ptr<const ModelWeights> cutForRanks(std::shared_ptr<const ModelWeights> weights,
                                                int ranks) {
    struct Cut {
        std::shared_ptr<const ModelWeights> whole;
        ModelWeights trunk;
    };
    auto cut = std::make_shared<Cut>();
    cut->trunk.config = weights->config;
    cut->trunk.embedding = weights->embedding;
    cut->trunk.output = weights->output;
    cut->trunk.finalNorm = weights->finalNorm;
    cut->trunk.layers = weights->layers;
    cut->whole = std::move(weights);
    const OnRank here = [](int, const std::function<void()>& body) { body(); };
    EXPECT_TRUE(cutIntoShards(cut->trunk, ranks, here, {}));
    showWords(cut->trunk);
    return {cut, &cut->trunk};
}

std::unique_ptr<Decoder> decoderOf(const std::string& kind,
                                   std::shared_ptr<const ModelWeights> weights,
                                   int threads) {
    if (kind == "cuda") return CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {});
    if (kind == "ranks")
        return makeDecoder(cutForRanks(std::move(weights), 2),
                           {.kind = "cpu", .threads = threads, .ranks = 2});
    return makeDecoder(std::move(weights), {.kind = kind, .threads = threads});
}

std::vector<std::string> decoderKinds() {
    if (emulation::kThreadSanitized) return {"reference", "cpu", "ranks"};
    return {"reference", "cpu", "ranks", "cuda"};
}

std::vector<TokenId> someTokens(const ModelConfig& config, int count) {
    std::vector<TokenId> tokens;
    for (int i = 0; i < count; ++i) tokens.push_back(1 + (i * 37 + i / 5) % (config.vocabSize - 1));
    return tokens;
}

StepOutput runAll(Decoder& decoder,
                  std::span<const TokenId> tokens,
                  const InterventionSet& interventions) {
    const auto cache = decoder.makeCache(static_cast<int>(tokens.size()));
    StepOutput out;
    const Batch batch{.tokens = tokens, .logitsFor = LogitsFor::AllTokens, .tapResiduals = true};
    EXPECT_EQ(decoder.forward(batch, *cache, interventions, out, {}), StepStatus::Done);
    EXPECT_EQ(cache->length(), static_cast<int>(tokens.size()));
    return out;
}

}  // namespace gatescope::test
