#include "engine/inspection/inspection_checks.h"

#include <fmt/format.h>

#include <string>

#include "engine/error.h"

namespace gatescope {

void checkHead(AttentionHead head, const ModelConfig& config) {
    if (head.layer >= 0 && head.layer < config.numLayers && head.head >= 0 &&
        head.head < config.numQHeads)
        return;
    throw Error(ErrorKind::BadUsage,
                fmt::format("layer {} head {} was asked for: the model has layers 0 to {} and "
                            "query heads 0 to {}",
                            head.layer,
                            head.head,
                            config.numLayers - 1,
                            config.numQHeads - 1));
}

EncodedPrompt encodeForInspection(std::span<const PromptSegment> segments,
                                  const Tokenizer* tokenizer,
                                  const ModelConfig& config,
                                  int capacity) {
    EncodedPrompt prompt = encodePrompt(segments, tokenizer, config, capacity);
    if (static_cast<int>(prompt.tokens.size()) > capacity)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the text up to this token has {} tokens, but the context holds "
                                "{}: choose an earlier one",
                                prompt.tokens.size(),
                                capacity));
    return prompt;
}

void requireFinite(const StepOutput& out, const ModelConfig& config, std::size_t firstToken) {
    if (!out.firstNonFiniteLayer) return;
    const int layer = *out.firstNonFiniteLayer;
    throw Error(
        ErrorKind::DeviceFault,
        fmt::format(
            "{} gave a number that is not finite (NaN or infinity) behind token {}, so "
            "nothing can be said of it; the weights may be damaged, or an intervention "
            "too large",
            layer < config.numLayers ? fmt::format("layer {}", layer) : std::string("the output"),
            firstToken));
}

}  // namespace gatescope
