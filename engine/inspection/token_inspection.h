#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/generation/generation.h"
#include "engine/ids.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// What is asked about one step of the model: the one that read the last token of `prompt` and said
/// what may come next.
struct InspectionRequest {
    GenerationId id = 0;                ///< that no generation has
    std::vector<PromptSegment> prompt;  ///< as of GenerationRequest
    std::optional<TokenId> chosen;      ///< what did come next
    int alternatives = 8;               ///< of the likeliest words, how many are looked at
    int lensWords = 3;                  ///< likeliest words to tell of each layer
    std::optional<AttentionHead> attention;
};

/// A word that may come next.
struct WordChance {
    TokenId token = 0;
    float logit = 0;
    float logProb = 0;  ///< natural logarithm, at temperature 1
    int rank = 0;       ///< 0: the likeliest
};

/// What the model would say if it ended behind a layer: final norm and unembedding of the residual.
/// Source: nostalgebraist, "interpreting GPT: the logit lens" (2020).
struct LensLayer {
    std::vector<WordChance> likeliest;  ///< by falling chance
    std::optional<WordChance> chosen;
    float entropyBits = 0;  ///< of all words
};

/// Who adds to the residual: the embedding, a layer's attention, or an expert of it.
struct ResidualPart {
    enum class Source { Embedding, Attention, Expert };
    Source source = Source::Embedding;
    int layer = 0;
    int expert = 0;
    float gate = 0;  ///< of an expert; 0: ablated
};

/// What was found.
struct TokenInspection {
    GenerationId id = 0;
    int position = 0;  ///< of the token that was read
    /// The likeliest words, and behind them the chosen one if it is none of them.
    std::vector<WordChance> words;
    std::optional<int> chosen;    ///< which of `words`
    std::vector<LensLayer> lens;  ///< [numLayers]
    std::vector<ResidualPart> parts;
    /// [parts, words] what each part adds to a word's logit with the final norm frozen: the sum
    /// over the parts is the logit. Source: direct logit attribution, Elhage et al., "A
    /// Mathematical Framework for Transformer Circuits" (2021).
    std::vector<float> contributions;
    /// [parts] its mean over the whole vocabulary, which moves all logits alike and so no chance.
    std::vector<float> meanContributions;
    std::optional<AttentionHead> attentionHead;
    std::vector<float> attention;  ///< [position + 1] the head's weight of each token, if asked for
    RoutingRecordPtr routing;

    float contribution(std::size_t part, std::size_t word) const {
        return contributions[part * words.size() + word];
    }
};

using TokenInspectionPtr = std::shared_ptr<const TokenInspection>;

}  // namespace gatescope
