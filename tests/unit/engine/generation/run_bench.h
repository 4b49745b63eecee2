#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/generation/generation_run.h"

namespace gatescope::test {

/// All that one generation sent, sorted by kind.
struct RunResult {
    FinishReason reason = FinishReason::Failed;
    std::optional<Error> error;
    std::optional<PromptEncoded> prompt;
    std::vector<RoutingRecordPtr> promptRouting;  ///< chunks joined, in order
    int chunks = 0;
    std::vector<TokenGenerated> tokens;
    std::string trailingText;
    GenerationTimings timings;

    std::string text() const {
        std::string all;
        for (const auto& token : tokens) all += token.text;
        return all + trailingText;
    }
    std::vector<TokenId> ids() const {
        std::vector<TokenId> all;
        for (const auto& token : tokens) all.push_back(token.token);
        return all;
    }
    std::vector<RoutingRecord> routing() const {
        std::vector<RoutingRecord> all;
        for (const auto& record : promptRouting) all.push_back(*record);
        for (const auto& token : tokens) all.push_back(*token.routing);
        return all;
    }
};

/// Runs generations on this thread, one after the other, on the same KV cache.
class RunBench {
  public:
    RunBench(std::unique_ptr<Decoder> decoder,
             std::shared_ptr<const Tokenizer> tokenizer,
             int capacity = 256,
             std::uint64_t branchBytes = 0)
        : decoder_(std::move(decoder)),
          sequence_(decoder_->config(), decoder_->makeCache(capacity), branchBytes),
          tokenizer_(std::move(tokenizer)) {}

    Sequence& sequence() { return sequence_; }
    Decoder& decoder() { return *decoder_; }

    /// `onToken` is called with each token's number, from 1.
    RunResult run(GenerationRequest request,
                  std::stop_token stop = {},
                  const std::function<void(int)>& onToken = {}) {
        if (request.id == 0) request.id = ++lastId_;
        RunResult result;
        GenerationRun generation({*decoder_, sequence_, tokenizer_}, request, [&](Event event) {
            record(std::move(event), request.id, result);
            if (onToken && !result.tokens.empty()) onToken(static_cast<int>(result.tokens.size()));
        });
        try {
            result.reason = generation.run(stop);
        } catch (const Error& error) {  // what the engine would send as EngineFailed
            result.error = error;
        }
        result.trailingText = generation.trailingText();
        result.timings = generation.timings();
        return result;
    }

  private:
    static void record(Event event, GenerationId id, RunResult& result) {
        if (auto* prompt = std::get_if<PromptEncoded>(&event)) {
            GS_CHECK_EQ(prompt->generation, id);
            result.prompt = std::move(*prompt);
        } else if (auto* progress = std::get_if<PrefillProgressed>(&event)) {
            GS_CHECK_EQ(progress->firstPosition, static_cast<int>(result.promptRouting.size()));
            for (auto& r : progress->routing) result.promptRouting.push_back(std::move(r));
            GS_CHECK_EQ(progress->done, static_cast<int>(result.promptRouting.size()));
            ++result.chunks;
        } else {
            result.tokens.push_back(std::get<TokenGenerated>(std::move(event)));
        }
    }

    std::unique_ptr<Decoder> decoder_;
    Sequence sequence_;
    std::shared_ptr<const Tokenizer> tokenizer_;
    GenerationId lastId_ = 0;
};

inline GenerationRequest greedy(std::vector<PromptSegment> prompt, int maxTokens = 64) {
    GenerationRequest request;
    request.prompt = std::move(prompt);
    request.sampler.temperature = 0;
    request.maxTokens = maxTokens;
    return request;
}

/// The reference, and the CPU decoder with each type of keys and values. Under a sanitizer the
/// reference takes minutes: one without threads, which decoder_test runs there as well. Races do
/// not depend on the type, so under ThreadSanitizer one stands for all: I8, which has scales
/// besides.
inline std::vector<DecoderOptions> everyDecoderAndCache() {
    std::vector<DecoderOptions> all;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    all.push_back({.kind = "reference", .threads = 2});
#endif
#ifndef __SANITIZE_THREAD__
    for (const DType type : {DType::F32, DType::F16, DType::BF16})
        all.push_back({.kind = "cpu", .threads = 2, .cacheType = type});
#endif
    all.push_back({.kind = "cpu", .threads = 2, .cacheType = DType::I8});
    return all;
}

/// Such options as part of a test's name.
inline std::string describe(const DecoderOptions& options) {
    return options.kind +
           (options.cacheType ? "_" + std::string(name(*options.cacheType)) : std::string());
}

}  // namespace gatescope::test
