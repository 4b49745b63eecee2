#include "engine/generation/prompt.h"

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/generation/scoped_interventions.h"

namespace gatescope {
namespace {

std::vector<TokenId> encodeSegment(const PromptSegment& segment,
                                   const Tokenizer* tokenizer,
                                   bool atDocumentStart,
                                   int capacity) {
    if (!segment.tokens.empty() || segment.text.empty()) return segment.tokens;
    if (tokenizer == nullptr)
        throw Error(ErrorKind::BadUsage,
                    "this model has no tokenizer, so it cannot read text: give the prompt as "
                    "token ids, or put tokenizer.model beside the weights");
    const std::size_t fewest = segment.text.size() / tokenizer->longestPieceBytes();
    if (fewest > static_cast<std::size_t>(capacity))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the prompt has {} bytes of text, at least {} tokens, but the "
                                "context holds {}: shorten it",
                                segment.text.size(),
                                fewest,
                                capacity));
    return atDocumentStart ? tokenizer->encode(segment.text)
                           : tokenizer->encodeContinuation(segment.text);
}

void checkIds(std::span<const TokenId> ids, std::size_t segment, const ModelConfig& config) {
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (ids[i] < 0 || ids[i] >= config.vocabSize)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("prompt segment {}, token {}: id {} is outside the model's "
                                    "vocabulary, expected 0 to {}",
                                    segment,
                                    i,
                                    ids[i],
                                    config.vocabSize - 1));
}

}  // namespace

EncodedPrompt encodePrompt(std::span<const PromptSegment> segments,
                           const Tokenizer* tokenizer,
                           const ModelConfig& config,
                           int capacity) {
    EncodedPrompt prompt;
    for (const auto& segment : segments) {
        validate(segment.interventions, config);
        auto ids = encodeSegment(segment, tokenizer, prompt.tokens.empty(), capacity);
        checkIds(ids, prompt.segments.size(), config);
        prompt.tokens.insert(prompt.tokens.end(), ids.begin(), ids.end());
        const ScopedInterventions scoped(segment.interventions, tokenizer);
        for (auto i = prompt.interventions.size(); i < prompt.tokens.size(); ++i)
            prompt.interventions.push_back(scoped.at(static_cast<int>(i), prompt.tokens[i]));
        prompt.segments.push_back(std::move(ids));
    }
    if (prompt.tokens.empty())
        throw Error(ErrorKind::BadUsage,
                    "the prompt is empty: a reply continues text, so give at least one token");
    return prompt;
}

std::size_t endOfBatch(const EncodedPrompt& prompt, std::size_t begin, std::size_t most) {
    const auto& inForce = prompt.interventions[begin];
    std::size_t end = begin + 1;
    while (end < prompt.tokens.size() && end - begin < most &&
           (prompt.interventions[end] == inForce || *prompt.interventions[end] == *inForce))
        ++end;
    return end;
}

}  // namespace gatescope
